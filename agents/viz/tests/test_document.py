"""The item that a browser draws: valid for the library, complete, plain, and equal to what the library would make."""

from __future__ import annotations

import itertools
import re
from typing import Any

import msgspec
import numpy as np
import pytest
from bokeh.document import Document
from bokeh.models import GlyphRenderer, HoverTool, PlainText

from askwire_protocol.messages.charts import ChartRequest
from askwire_viz.charts import make_chart
from askwire_viz.palette import PALETTE

KINDS = ("bar", "horizontal_bar", "line", "multi_line", "stacked_bar", "grouped_bar", "pie", "scatter", "histogram")
HOSTILE = "</script><b>$$x^2$$@{x}{safe}javascript:"


def _open(item: Any) -> Document:
    return Document.from_json(msgspec.json.decode(msgspec.json.encode(item))["doc"])


@pytest.mark.parametrize("kind", KINDS)
def test_item_is_what_the_library_would_write(samples: dict[str, ChartRequest], kind: str) -> None:
    """Opened by Bokeh, which checks every property, and written again, the item is the same document."""
    answer = make_chart(samples[kind], token="t")
    assert answer.chart_type == kind
    document = _open(answer.item)
    written = msgspec.json.decode(msgspec.json.encode(document.to_json().content))
    ours = msgspec.json.decode(msgspec.json.encode(answer.item))["doc"]
    assert _names(written["roots"]) == _names(ours["roots"])
    assert _texts(written["roots"]) == _texts(ours["roots"])


def _walk(node: Any) -> Any:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from _walk(child)
    elif isinstance(node, list):
        for child in node:
            yield from _walk(child)


def _names(roots: Any) -> list[str]:
    return sorted(node["name"] for node in _walk(roots) if node.get("type") == "object")


def _texts(roots: Any) -> list[str]:
    return sorted(node["attributes"]["text"] for node in _walk(roots) if node.get("name") == "PlainText")


@pytest.mark.parametrize("kind", KINDS)
def test_data_are_in_the_sources(samples: dict[str, ChartRequest], kind: str) -> None:
    """Each column that a mark reads is in its source, all of one length."""
    for renderer in _open(make_chart(samples[kind]).item).select({"type": GlyphRenderer}):
        lengths = {len(values) for values in renderer.data_source.data.values()}
        assert len(lengths) == 1
        assert lengths.pop() > 0


def test_values_survive(samples: dict[str, ChartRequest]) -> None:
    """The numbers drawn are the numbers asked for."""
    root = _open(make_chart(samples["bar"]).item).roots[0]
    source = root.renderers[0].data_source
    assert np.asarray(source.data["top"]).tolist() == [5, 3, 2]
    assert list(source.data["label"]) == ["apples", "pears", "plums"]
    assert root.y_range.start == 0


def test_items_share_no_id(samples: dict[str, ChartRequest]) -> None:
    """Two items may be in one page."""
    first, second = (
        {node["id"] for node in _walk(make_chart(samples["bar"]).item["doc"]["roots"]) if "id" in node}
        for _ in range(2)
    )
    assert not first & second


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_texts_stay_texts(samples: dict[str, ChartRequest], kind: str) -> None:
    """Names and values with markup, formulas and templates are plain text models, and never a template or a link."""
    sample = samples[kind]
    columns = tuple(msgspec.structs.replace(column, name=f"{column.name} {HOSTILE}") for column in sample.columns)
    rows = [[_spoil(cell) for cell in row] for row in sample.rows]
    request = msgspec.structs.replace(sample, columns=columns, rows=rows, title=HOSTILE, chart_type=kind, question=None)
    document = _open(make_chart(request).item)
    root = document.roots[0]
    assert isinstance(root.title.text, PlainText)
    for axis in [*root.below, *root.left]:
        assert isinstance(axis.axis_label, PlainText)
        assert all(isinstance(label, PlainText) for label in axis.major_label_overrides.values())
    tooltips = [pair[1] for tool in document.select({"type": HoverTool}) for pair in tool.tooltips]
    assert all("safe" not in value and "script" not in value for value in tooltips)
    names = {type(model).__name__ for model in document.models}
    assert not {name for name in names if re.search("CustomJS|OpenURL|Tap|Image|Tile|Ajax|HTML|TeX|MathML", name)}


def _spoil(cell: Any) -> Any:
    return f"{cell[-3:]}{HOSTILE}" if isinstance(cell, str) and not cell.startswith("202") else cell


def test_no_logo_and_no_remote_resource(samples: dict[str, ChartRequest]) -> None:
    """An item names no address and shows no mark of the library's makers."""
    for request in samples.values():
        answer = make_chart(request)
        assert b"http" not in msgspec.json.encode(answer.item)
        assert _open(answer.item).roots[0].toolbar.logo is None


def test_colours_differ_in_more_than_hue() -> None:
    """No two of the first series' colours are alike to an eye that sees only light and dark."""

    def lightness(colour: str) -> float:
        red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
        return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2

    shades = sorted(lightness(colour) for colour in PALETTE[:3])
    assert min(high - low for low, high in itertools.pairwise(shades)) > 0.05
