"""Fill texts and numbers into the saved JSON of an empty figure.

Making a figure costs about a hundred times what its JSON costs, and figures of one layout differ in nothing but the
attributes that are filled here. So each layout is built once.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
from bokeh.core.serialization import Serializer
from bokeh.embed import json_item

from askwire_viz.figures import Layout, build_figure, list_common_layouts

__all__ = ["Filling", "build_common", "encode_value", "fill"]

_MODEL_ID = re.compile(rb'"p(\d+)"')
_CACHED_LAYOUTS = 128


@dataclasses.dataclass(frozen=True, slots=True)
class Filling:
    """One attribute of one model of a figure; ``value`` in Bokeh's JSON form."""

    handle: str
    attribute: str
    value: Any


@dataclasses.dataclass(frozen=True, slots=True)
class _Skeleton:
    text: bytes
    ids: dict[str, str]


def fill(layout: Layout, fillings: Iterable[Filling], token: str) -> dict[str, Any]:
    """Return the item for ``Bokeh.embed.embed_item``.

    ``token`` makes the ids of its models differ from those of other items in one page; letters and digits.
    """
    skeleton = _make_skeleton(layout)
    item: dict[str, Any] = msgspec.json.decode(_MODEL_ID.sub(rb'"%s-\1"' % token.encode(), skeleton.text))
    models = {model["id"]: model for model in _walk(item["doc"]["roots"])}
    for filling in fillings:
        model = models[f"{token}-{skeleton.ids[filling.handle][1:]}"]
        model.setdefault("attributes", {})[filling.attribute] = filling.value
    return item


def encode_value(value: Any) -> Any:
    """Return a plain value (text, number, list, array of numbers) in Bokeh's JSON form."""
    if isinstance(value, np.ndarray):
        value = np.ascontiguousarray(value, dtype=np.float64)
        return msgspec.to_builtins(Serializer(deferred=False).encode(value), enc_hook=_encode_buffer)
    return value


def build_common() -> tuple[bytes, ...]:
    """Return the items, without texts and numbers, of the layouts that most charts have.

    They are kept, so that the first chart of each kind is as fast as the second.
    """
    return tuple(_make_skeleton(layout).text for layout in list_common_layouts())


@functools.lru_cache(maxsize=_CACHED_LAYOUTS)
def _make_skeleton(layout: Layout) -> _Skeleton:
    plot, handles = build_figure(layout)
    text = msgspec.json.encode(json_item(plot))
    return _Skeleton(text, {name: model.id for name, model in handles.items()})


def _walk(node: Any) -> Iterable[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == "object" and "name" in node:
            yield node
        for child in node.values():
            yield from _walk(child)
    elif isinstance(node, list):
        for child in node:
            yield from _walk(child)


def _encode_buffer(value: Any) -> Any:
    return value.to_base64() if hasattr(value, "to_base64") else NotImplemented
