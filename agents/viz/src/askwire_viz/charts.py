"""Answer a chart request: from rows to the choice, its reason, the item and the words."""

from __future__ import annotations

import dataclasses
import secrets

from askwire_protocol.messages.charts import ChartAnswer, ChartRequest, ChartType
from askwire_viz.columns import classify_all
from askwire_viz.document import make_item
from askwire_viz.frame import arrange
from askwire_viz.labels import in_words, make_plain
from askwire_viz.rules import Choice, choose
from askwire_viz.shaping import shape
from askwire_viz.table import Table, read_table
from askwire_viz.text import describe, describe_numbers
from askwire_viz.wishes import find_wish, read_wish

__all__ = ["make_chart"]

_MAX_TITLE = 200


def make_chart(request: ChartRequest, token: str | None = None) -> ChartAnswer:
    """Choose and draw.

    Args:
        request: rows, and what the asker said.
        token: makes the ids of the item's models; random where None.

    Raises:
        RequestFailed: INVALID_ARGUMENT or TOO_LARGE where the request is wrong.
    """
    named = read_wish(request.chart_type)
    wish = named or find_wish(request.question)
    table = read_table(request.columns, request.rows)
    # roles are found by the names as they are; from here on names are only shown
    columns = [dataclasses.replace(column, name=in_words(column.name)) for column in classify_all(table)]
    frame = arrange(columns, table.row_count)
    choice = choose(frame, wish, exact=named is not None)
    cut = " The rows are not complete: their number was limited." if request.truncated else ""
    kind = choice.plan.chart_type
    if kind in (ChartType.NUMBER, ChartType.TABLE):
        return _answer_without_item(choice, table, cut)
    spec = shape(choice.plan, make_plain(request.title or "", _MAX_TITLE))
    return ChartAnswer(
        chart_type=kind,
        reason=choice.reason,
        item=make_item(spec, token or f"a{secrets.token_hex(6)}"),
        alternatives=choice.alternatives,
        text=describe(spec) + cut,
        points_shown=spec.points_shown,
        points_total=spec.points_total,
        rule=choice.rule,
    )


def _answer_without_item(choice: Choice, table: Table, cut: str) -> ChartAnswer:
    if choice.plan.chart_type is ChartType.NUMBER:
        text = describe_numbers(choice.plan.measures)
    elif table.row_count == 0:
        text = "No rows."
    else:
        rows, columns = table.row_count, len(table.columns)
        named = ", ".join(in_words(column.name) for column in table.columns[:12])
        text = f"Table of {rows:,} row{'s' * (rows != 1)} and {columns} column{'s' * (columns != 1)}: {named}."
    return ChartAnswer(
        chart_type=choice.plan.chart_type,
        reason=choice.reason,
        alternatives=choice.alternatives,
        text=text + cut,
        rule=choice.rule,
    )
