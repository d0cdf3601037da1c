"""Check items that come from outside: only what this agent draws itself gets into a browser or a file.

What is allowed is learnt from our own figures: the models, their attributes, and the texts in them. Free are only
names, labels and data, all of which are drawn as text.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
import zlib
from collections import defaultdict
from typing import Any, NoReturn

import msgspec
from bokeh import __version__ as bokeh_version

from askwire_protocol.errors import ErrorCode, ErrorDetail, RequestFailed
from askwire_viz.figures import FORMATS, HOVER_VALUES
from askwire_viz.palette import HATCHES, MARKERS, PALETTE
from askwire_viz.skeleton import build_common

__all__ = ["MAX_ITEM_BYTES", "check_item", "learn"]

MAX_ITEM_BYTES = 4 * 1024 * 1024
_MAX_MODELS = 4_000
_SIGNS = (PALETTE, HATCHES, MARKERS)
_MAX_ARRAY = 50_000
_MAX_TEXT = 10_000
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_ITEM_KEYS = {"target_id", "root_id", "doc", "version"}
_DOC_KEYS = {"version", "title", "config", "roots"}
_FREE_TEXT = {("PlainText", "text"), ("LegendItem", "label"), ("GlyphRenderer", "name"), ("ColumnDataSource", "data")}
# Set when an item is filled, and so not in an empty figure.
_FILLED = {
    "Range1d": {"start", "end"},
    "LinearAxis": {"major_label_overrides"},
    "Title": {"visible"},
    "GlyphRenderer": {"name"},
    "LegendItem": {"label"},
    "FixedTicker": {"ticks"},
    "Figure": {"width", "height", "sizing_mode", "background_fill_color", "border_fill_color"},
}
_PLAIN_NODES = {"map": {"entries"}, "field": {"field", "units"}, "value": {"value", "units"}, "number": {"value"}}


class _Allowed(msgspec.Struct):
    attributes: dict[str, set[str]]
    texts: dict[tuple[str, str], set[str]]


def check_item(item: Any) -> dict[str, Any]:
    """Return the item if it is one that this agent could have made.

    Raises:
        RequestFailed: INVALID_ARGUMENT or TOO_LARGE.
    """
    if len(msgspec.json.encode(item)) > MAX_ITEM_BYTES:
        raise RequestFailed(ErrorCode.TOO_LARGE, f"an item may have at most {MAX_ITEM_BYTES:,} bytes")
    if not isinstance(item, dict) or not item.keys() <= _ITEM_KEYS or not isinstance(item.get("doc"), dict):
        _refuse("it is not an item of generate_chart")
    doc = item["doc"]
    if not doc.keys() <= _DOC_KEYS or doc.get("title") not in ("", None):
        _refuse("its document has fields that ours never have")
    if doc.get("version") != bokeh_version or item.get("version", bokeh_version) != bokeh_version:
        _refuse(f"it was not made with version {bokeh_version} of the chart library; generate it anew")
    roots = doc.get("roots")
    if not isinstance(roots, list) or len(roots) != 1 or not _is_model(roots[0], "Figure"):
        _refuse("its document does not hold one figure")
    if item.get("root_id") != roots[0].get("id") or item.get("target_id") is not None:
        _refuse("its root is not its figure")
    _Walk(learn()).check(roots[0], "Figure", "")
    if "config" in doc:
        _Walk(learn()).check(doc["config"], "DocumentConfig", "")
    return item


class _Walk:
    """One pass over a document."""

    def __init__(self, allowed: _Allowed) -> None:
        self._allowed = allowed
        self._models = 0

    def check(self, node: Any, model: str, attribute: str) -> None:
        """Refuse what no figure of ours has at this attribute of this model."""
        if isinstance(node, dict):
            self._check_object(node, model, attribute)
        elif isinstance(node, list):
            for child in node:
                self.check(child, model, attribute)
        elif isinstance(node, str):
            self._check_text(node, model, attribute)

    def _check_object(self, node: dict[str, Any], model: str, attribute: str) -> None:
        kind = node.get("type")
        if kind is None and node.keys() == {"id"}:
            _check_id(node["id"])
        elif kind == "object":
            self._check_model(node)
        elif kind == "ndarray":
            _check_array(node)
        elif isinstance(kind, str) and kind in _PLAIN_NODES and node.keys() - {"type"} <= _PLAIN_NODES[kind]:
            for name in _PLAIN_NODES[kind]:
                self.check(node.get(name), model, attribute)
        else:
            _refuse(f"{model}.{attribute} is of a kind that ours never are")

    def _check_model(self, node: dict[str, Any]) -> None:
        name = node.get("name")
        if not isinstance(name, str) or name not in self._allowed.attributes:
            _refuse("it holds a model that ours never have")
        if not node.keys() <= {"type", "name", "id", "attributes"}:
            _refuse(f"{name} has fields that ours never have")
        self._models += 1
        if self._models > _MAX_MODELS:
            _refuse(f"it holds more than {_MAX_MODELS} models")
        _check_id(node.get("id"))
        attributes = node.get("attributes", {})
        if not isinstance(attributes, dict) or not attributes.keys() <= self._allowed.attributes[name]:
            _refuse(f"{name} has attributes that ours never have")
        for attribute, value in attributes.items():
            if (name, attribute) == ("HoverTool", "tooltips"):
                _check_tooltips(value)
            else:
                self.check(value, name, attribute)

    def _check_text(self, text: str, model: str, attribute: str) -> None:
        if (model, attribute) in _FREE_TEXT:
            if len(text) > _MAX_TEXT:
                _refuse(f"{model}.{attribute} is too long")
        elif text not in self._allowed.texts[model, attribute]:
            _refuse(f"{model}.{attribute} has a value that ours never have")


@functools.cache
def learn() -> _Allowed:
    """Learn from the common layouts, and so build them; once for each process, about a second."""
    allowed = _Allowed(defaultdict(set), defaultdict(set))
    for name, attributes in _FILLED.items():
        allowed.attributes[name] |= attributes
    for text in build_common():
        item = msgspec.json.decode(text)
        _collect(item["doc"]["roots"], "", "", allowed)
        _collect(item["doc"]["config"], "", "", allowed)
    for texts in allowed.texts.values():
        for signs in _SIGNS:
            texts |= set(signs) if texts & set(signs[:2]) else set()
    allowed.texts["NumeralTickFormatter", "format"] |= set(FORMATS)
    allowed.texts["Figure", "sizing_mode"].add("fixed")
    allowed.texts["Figure", "background_fill_color"].add("#ffffff")
    allowed.texts["Figure", "border_fill_color"].add("#ffffff")
    return _Allowed(dict(allowed.attributes), allowed.texts)


def _collect(node: Any, model: str, attribute: str, allowed: _Allowed) -> None:
    if isinstance(node, dict) and node.get("type") == "object":
        model = node["name"]
        attributes = node.get("attributes", {})
        allowed.attributes[model] |= attributes.keys()
        for name, value in attributes.items():
            _collect(value, model, name, allowed)
    elif isinstance(node, dict):
        for value in node.values():
            _collect(value, model, attribute, allowed)
    elif isinstance(node, list):
        for value in node:
            _collect(value, model, attribute, allowed)
    elif isinstance(node, str):
        allowed.texts[model, attribute].add(node)


def _is_model(node: Any, name: str) -> bool:
    return isinstance(node, dict) and node.get("type") == "object" and node.get("name") == name


def _check_id(model_id: Any) -> None:
    if not isinstance(model_id, str) or _ID.fullmatch(model_id) is None:
        _refuse("an id in it is malformed")


def _check_tooltips(tooltips: Any) -> None:
    if not isinstance(tooltips, list):
        _refuse("its tooltips are no list")
    for entry in tooltips:
        pair = isinstance(entry, list) and len(entry) == 2 and all(isinstance(part, str) for part in entry)
        if not pair or entry[1] not in HOVER_VALUES:
            _refuse("its tooltips show what ours never do")


def _check_array(node: dict[str, Any]) -> None:
    shape: Any = node.get("shape")
    array: Any = node.get("array")
    well_formed = (
        node.keys() == {"type", "array", "shape", "dtype", "order"}
        and node["dtype"] == "float64"
        and node["order"] == "little"
        and isinstance(shape, list)
        and len(shape) == 1
        and isinstance(shape[0], int)
        and 0 <= shape[0] <= _MAX_ARRAY
        and isinstance(array, dict)
        and array.keys() == {"type", "data"}
        and array["type"] == "bytes"
        and isinstance(array["data"], str)
    )
    if not well_formed:
        _refuse("an array in it is malformed")
    size = 8 * shape[0]
    try:
        # A few bytes may unpack to very many: never unpack more than is announced.
        unpacked = zlib.decompressobj(wbits=31).decompress(base64.b64decode(array["data"], validate=True), size + 1)
    except (binascii.Error, ValueError, zlib.error):
        _refuse("an array in it cannot be unpacked")
    if len(unpacked) != size:
        _refuse("an array in it is not as long as it says")


def _refuse(why: str) -> NoReturn:
    raise RequestFailed(
        ErrorCode.INVALID_ARGUMENT,
        f"the item is refused: {why}",
        details=(ErrorDetail(field="data.item", reason=why),),
    )
