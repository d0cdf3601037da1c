"""Items from outside: ours are taken, all else is refused."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages.charts import ChartRequest
from askwire_viz.charts import make_chart
from askwire_viz.items import MAX_ITEM_BYTES, check_item

Item = dict[str, Any]


@pytest.fixture
def item(samples: dict[str, ChartRequest]) -> Item:
    """An item as a client would send it back."""
    decoded: Item = msgspec.json.decode(msgspec.json.encode(make_chart(samples["line"]).item))
    return decoded


def _root(item: Item) -> Item:
    attributes: Item = item["doc"]["roots"][0]["attributes"]
    return attributes


def _model(name: str, **attributes: Any) -> Item:
    return {"type": "object", "name": name, "id": "x1", "attributes": attributes}


def test_all_of_ours_are_taken(samples: dict[str, ChartRequest]) -> None:
    """Every chart that is drawn here may come back for an export."""
    for request in samples.values():
        check_item(msgspec.json.decode(msgspec.json.encode(make_chart(request).item)))


_SCRIPT = _model("CustomJS", code="alert(1)")
_LINK = _model("OpenURL", url="javascript:alert(1)")
_TILES = _model("WMTSTileSource", url="http://a.example")
_FOREIGN: dict[str, Callable[[Item], Any]] = {
    "script": lambda item: _root(item).update(js_event_callbacks={"type": "map", "entries": [["tap", [_SCRIPT]]]}),
    "tags": lambda item: _root(item).update(tags=[_SCRIPT]),
    "script as a value": lambda item: _root(item)["renderers"].append(_SCRIPT),
    "link": lambda item: _tools(item).append(_model("TapTool", callback=_LINK)),
    "remote image": lambda item: _root(item)["renderers"].append(_model("ImageURL", url="http://a.example/x.png")),
    "tiles": lambda item: _root(item)["renderers"].append(_model("TileRenderer", tile_source=_TILES)),
    "html title": lambda item: _root(item)["title"]["attributes"].update(text=_model("HTML", html="<b>x</b>")),
    "formula": lambda item: _root(item)["title"]["attributes"].update(text=_model("TeX", text="x")),
    "title that may be a formula": lambda item: _root(item)["title"]["attributes"].update(text="$$x$$"),
    "unescaped tooltip": lambda item: _hover(item).update(tooltips=[["", "@label{safe}"]]),
    "template tooltip": lambda item: _hover(item).update(tooltips="<img src=x>"),
    "expression": lambda item: _glyph(item).update(x={"type": "expr", "expr": _model("CustomJSExpr", code="1")}),
    "transform": lambda item: _glyph(item).update(x={"type": "field", "field": "x", "transform": _SCRIPT}),
    "style sheet": lambda item: _root(item).update(stylesheets=["@import 'http://a.example'"]),
    "second root": lambda item: item["doc"]["roots"].append(item["doc"]["roots"][0]),
    "other root": lambda item: item["doc"]["roots"].__setitem__(0, _model("Div", text="<b>x</b>")),
    "definitions": lambda item: item["doc"].update(defs=[{"type": "model", "name": "x"}]),
    "callbacks": lambda item: item["doc"].update(callbacks={}),
    "other version": lambda item: item["doc"].update(version="1.0.0"),
    "target": lambda item: item.update(target_id="page"),
    "id that leaves an attribute": lambda item: _root(item)["title"].update(id='"><script>'),
    "other colour text": lambda item: _root(item).update(outline_line_color="url(http://a.example)"),
}  # fmt: skip


def _hover(item: Item) -> Item:
    attributes: Item = next(tool["attributes"] for tool in _tools(item) if tool["name"] == "HoverTool")
    return attributes


def _tools(item: Item) -> list[Item]:
    tools: list[Item] = _root(item)["toolbar"]["attributes"]["tools"]
    return tools


def _glyph(item: Item) -> Item:
    attributes: Item = _root(item)["renderers"][0]["attributes"]["glyph"]["attributes"]
    return attributes


@pytest.mark.parametrize("name", _FOREIGN)
def test_foreign_parts_are_refused(item: Item, name: str) -> None:
    """A model, an attribute or a value that ours never have is refused, whatever it does."""
    _FOREIGN[name](item)
    with pytest.raises(RequestFailed) as refused:
        check_item(item)
    assert refused.value.code is ErrorCode.INVALID_ARGUMENT
    assert "refused" in refused.value.message


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, {"doc": 1}, {"doc": {"roots": []}}, {"doc": {"roots": [[]]}}])
def test_what_is_no_item_is_refused(value: Any) -> None:
    """Any other JSON is refused in the same way."""
    with pytest.raises(RequestFailed):
        check_item(value)


def test_array_that_unpacks_to_much_is_refused(item: Item) -> None:
    """A few packed bytes cannot fill the browser's memory."""
    bomb = base64.b64encode(gzip.compress(bytes(50_000_000))).decode()
    for _, values in _root(item)["renderers"][0]["attributes"]["data_source"]["attributes"]["data"]["entries"][:1]:
        values["array"]["data"] = bomb
    with pytest.raises(RequestFailed, match="not as long as it says"):
        check_item(item)


def test_large_item_is_refused(item: Item) -> None:
    """There is a limit of size."""
    item["doc"]["title"] = "x" * MAX_ITEM_BYTES
    with pytest.raises(RequestFailed) as refused:
        check_item(item)
    assert refused.value.code is ErrorCode.TOO_LARGE
