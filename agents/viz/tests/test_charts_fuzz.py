"""Whatever rows come, a chart request has an answer that is valid and that we would take back."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askwire_protocol.messages.charts import ChartRequest, ChartType
from askwire_protocol.messages.queries import ResultColumn
from askwire_viz.charts import make_chart
from askwire_viz.items import check_item

_NAMES = st.sampled_from(
    ["id", "name", "year", "month", "count", "avg_price", "total", "day of week", "<b>x</b>", "", "customer_id", "hour"]
)
_TYPES = st.sampled_from(["", "text", "integer", "numeric", "date", "timestamp without time zone", "boolean", "json"])
_CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.integers(1, 12),
    st.sampled_from([1e308, -1e308, float("nan"), float("inf"), 0.0, 1e-300, 5e-324]),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(["2024-01-01", "2024-02", "2024-Q1", "Monday", "May", "NaN", "1,000", "infinity", "9999-12-31"]),
    st.lists(st.integers(), max_size=2),
)


@st.composite
def _requests(draw: st.DrawFn) -> ChartRequest:
    columns = draw(st.lists(st.builds(lambda n, t: ResultColumn(name=n, type=t), _NAMES, _TYPES), max_size=4))
    # Cells of one column mostly look alike.
    kinds = [
        draw(st.sampled_from([_CELLS, st.integers(1, 12), st.floats(0, 10), st.sampled_from("abc")])) for _ in columns
    ]
    rows: list[list[Any] | dict[str, Any]] = draw(st.lists(st.tuples(*kinds).map(list), max_size=40)) if columns else []
    wish = draw(st.none() | st.sampled_from([kind.value for kind in ChartType]))
    return ChartRequest(rows=rows, columns=tuple(columns), chart_type=wish, title=draw(st.text(max_size=20)))


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(_requests())
def test_any_rows_have_a_valid_answer(request: ChartRequest) -> None:
    """Every request is answered with strict JSON, a reason, words, and an item that passes our own check."""
    answer = make_chart(request, token="t")
    text = msgspec.json.encode(answer)
    json.loads(text, parse_constant=lambda name: (_ for _ in ()).throw(AssertionError(name)))
    assert answer.reason
    assert answer.text
    assert answer.rule
    assert len(answer.alternatives) <= 5
    assert answer.chart_type not in answer.alternatives
    if answer.item is not None:
        check_item(msgspec.json.decode(text)["item"])
        assert 0 <= answer.points_shown <= answer.points_total
