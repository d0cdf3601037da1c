"""Make answers as the backend gives them, for the tests of the page."""

from __future__ import annotations

from typing import Any

from bokeh.embed import json_item
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.plotting import figure

__all__ = ["agent", "agent_table", "answered", "chart_item", "input_required", "refused", "request_error"]

MONTHS = [f"2025-{month:02}-01T00:00:00" for month in range(1, 13)]
REVENUE = ["18240.50", "17110.00", "21980.75", "23410.20", "22875.00", "26190.90",
           "27455.10", "25020.00", "28310.45", "31240.80", "38905.60", "44120.35"]  # fmt: skip
ORDERS = [212, 198, 251, 268, 259, 301, 312, 287, 326, 361, 448, 512]


def agent(name: str, agent_type: str, port: int, **changes: Any) -> dict[str, Any]:
    """Return the status of one agent that responds, with changes."""
    status: dict[str, Any] = {
        "agent": name, "agent_type": agent_type, "url": f"ws://127.0.0.1:{port}", "transport": "websocket",
        "state": "responding", "instance_id": f"{name}-1", "version": "0.1.0", "capabilities": [], "formats": [],
        "last_heartbeat_age_s": 1.2, "rtt_ms": 1.4, "missed": 0, "status": "ok", "problem": None, "in_flight": 0,
        "loop_lag_ms": 0.3,
        "since_s": 754.0, "last_error": None,
    }  # fmt: skip
    return status | changes


def agent_table(**changes: Any) -> dict[str, Any]:
    """Return a table of three agents that respond."""
    table: dict[str, Any] = {
        "agents": [
            agent("nlp-agent", "nlp", 8011, in_flight=1),
            agent("data-agent", "data", 8012, rtt_ms=0.9),
            agent("viz-agent", "viz", 8013, rtt_ms=2.1, formats=["html", "csv", "svg", "png"]),
        ],
        "ready": True, "catalog_version": "c0ffee", "catalog_tables": 7,
    }  # fmt: skip
    return table | changes


def chart_item(names: list[str], values: list[float], title: str) -> Any:
    """Return the Bokeh JSON of a bar chart."""
    plot = figure(x_range=names, height=320, title=title, toolbar_location=None, sizing_mode="stretch_width")
    source = ColumnDataSource({"name": names, "value": values})
    plot.vbar(x="name", top="value", width=0.7, source=source, color="#3b6fb6", legend_label=title)
    plot.add_tools(HoverTool(tooltips=[("name", "@name"), ("value", "@value")]))
    plot.legend.visible = False
    plot.y_range.start = 0
    return json_item(plot)


def answered(**changes: Any) -> dict[str, Any]:
    """Return an answer with twelve rows and a bar chart."""
    names = [month[:7] for month in MONTHS]
    answer: dict[str, Any] = {
        "question": "revenue and number of orders per month in 2025",
        "outcome": "answered",
        "timings": {"total_ms": 184.2, "nlp_ms": 41.3, "sql_ms": 96.1, "chart_ms": 38.4},
        "sql": "SELECT date_trunc('month', o.ordered_at) AS month,\n       SUM(i.quantity * i.unit_price) AS revenue,\n"
        "       COUNT(DISTINCT o.id) AS orders\nFROM orders AS o\nJOIN order_items AS i ON i.order_id = o.id\n"
        "WHERE o.ordered_at >= '2025-01-01' AND o.ordered_at < '2026-01-01'\nGROUP BY 1\nORDER BY 1",
        "explanation": [
            {"words": "revenue", "meaning": "sum of quantity × unit_price", "evidence": "comment of order_items"},
            {"words": "number of orders", "meaning": "count of orders", "evidence": "name of the table orders"},
            {"words": "per month", "meaning": "orders.ordered_at by month", "evidence": "the only date of orders"},
            {"words": "in 2025", "meaning": "ordered_at from 2025-01-01 to 2025-12-31", "evidence": "a year"},
        ],
        "assumptions": ["Cancelled orders are counted too."],
        "confidence": 0.93,
        "choices": [], "not_understood": [], "reason": None,
        "columns": [
            {"name": "month", "type": "timestamp"},
            {"name": "revenue", "type": "numeric"},
            {"name": "orders", "type": "bigint"},
        ],
        "rows": [list(row) for row in zip(MONTHS, REVENUE, ORDERS, strict=True)],
        "row_count": 12, "truncated": False,
        "chart": {
            "chart_type": "bar",
            "reason": "A bar for each month, because there is one value per month and few of them.",
            "item": chart_item(names, [float(value) for value in REVENUE], "revenue"),
            "alternatives": ["line", "table"],
            "text": "Bar chart of revenue by month; highest in 2025-12 with 44,120.35.",
            "points_shown": 12, "points_total": 12, "rule": "bar.time",
        },
        "chart_error": None,
        "context": {"plan": 1},
    }  # fmt: skip
    return answer | changes


def _without_rows(**changes: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "timings": {"total_ms": 12.0, "nlp_ms": 11.0, "sql_ms": None, "chart_ms": None}, "sql": None,
        "columns": [], "rows": [], "row_count": 0, "chart": None, "explanation": [], "assumptions": [],
    }  # fmt: skip
    return answered(**(empty | changes))


def input_required(**changes: Any) -> dict[str, Any]:
    """Return a question back with three readings."""
    choices = [
        {"id": f"c{at}", "label": f"{name} of the order", "sql": f"SELECT {at}"}
        for at, name in enumerate(("Order date", "Shipping date", "Date of payment"))
    ]
    return _without_rows(
        question="orders by date", outcome="input_required", choices=choices, reason="There are three dates.", **changes
    )


def refused(**changes: Any) -> dict[str, Any]:
    """Return a refusal that names the words which were not understood."""
    reason = "Nothing in this database is about weather or moods."
    words = ["weather", "mood"]
    question = "weather and mood of our customers"
    return _without_rows(question=question, outcome="refused", not_understood=words, reason=reason, **changes)


def request_error(code: str, message: str, *, retryable: bool = False, **changes: Any) -> dict[str, Any]:
    """Return the body of an error message."""
    return {"message": message, "type": "server_error", "code": code, "retryable": retryable} | changes
