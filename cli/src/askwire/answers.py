"""Show the answer to a question on a terminal or in a file."""

from __future__ import annotations

import re
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from askwire.console import clean_lines, clean_text
from askwire_protocol.messages import AskAnswer

__all__ = ["format_value", "make_table", "show_answer", "show_assumptions", "show_choices", "show_refusal"]

_NUMERIC = ("int", "numeric", "decimal", "real", "double", "float", "money", "smallint", "bigint")


def show_answer(console: Console, answer: AskAnswer, *, max_rows: int | None = None, rest_hint: str = "") -> None:
    """Print the SQL, how the words were understood, the rows and where the time went.

    Args:
        console: where it is printed.
        answer: one that has rows.
        max_rows: the most rows to print; None prints all.
        rest_hint: said in brackets where rows are left out: how to see them.
    """
    if answer.sql:
        console.print(Text(clean_lines(answer.sql), style="dim"), soft_wrap=True)
    for part in answer.explanation:
        console.print(Text(f"  {clean_text(part.words)} → {clean_text(part.meaning)}", style="dim"))
    show_assumptions(console, answer)
    rows = answer.rows if max_rows is None else answer.rows[:max_rows]
    if answer.columns:
        console.print(make_table(answer, rows))
    console.print(Text(_describe_rows(answer), style="dim"))
    if answer.chart is not None and answer.chart.text:
        console.print(Text(clean_text(answer.chart.text)))
    if rest := len(answer.rows) - len(rows):
        hint = f" ({rest_hint})" if rest_hint else ""
        console.print(Text(f"… {rest:,} more row{'s' if rest != 1 else ''}{hint}"))


def show_assumptions(console: Console, answer: AskAnswer) -> None:
    """Print what was taken for granted."""
    for assumption in answer.assumptions:
        console.print(Text(f"Assumed: {clean_text(assumption)}", style="yellow"))


def show_choices(console: Console, answer: AskAnswer) -> None:
    """Print what it asks back, with numbers to choose by."""
    console.print(Text(clean_text(answer.reason or "The question can be read in more than one way.")))
    for number, choice in enumerate(answer.choices, start=1):
        console.print(Text(f"  {number}. {clean_text(choice.label)}"))


def show_refusal(console: Console, answer: AskAnswer) -> None:
    """Print why there is no answer, and the words that could not be placed where the reason does not name them."""
    reason = answer.reason or "the question could not be understood"
    console.print(Text(f"No answer: {clean_text(reason)}"))
    untold = [word for word in answer.not_understood if not _names(reason, word)]
    if untold:
        console.print(Text(f"Not understood: {', '.join(f'“{clean_text(word)}”' for word in untold)}"))


def make_table(answer: AskAnswer, rows: list[list[Any]]) -> Table:
    """Return the rows as a table; numbers stand right."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in answer.columns:
        right = column.type.startswith(_NUMERIC)
        table.add_column(Text(clean_text(column.name)), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(format_value(value)) for value in row))
    return table


def format_value(value: Any) -> str:
    """Return a value as a cell shows it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    return clean_text(value)


def _names(reason: str, word: str) -> bool:
    """Tell whether the word stands in the reason as a whole, in any case of letters."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", reason, re.IGNORECASE) is not None


def _describe_rows(answer: AskAnswer) -> str:
    timings = answer.timings
    parts = [
        f"{name} {milliseconds:.0f} ms"
        for name, milliseconds in (("words", timings.nlp_ms), ("rows", timings.sql_ms), ("chart", timings.chart_ms))
        if milliseconds is not None
    ]
    count = f"{answer.row_count:,} row{'s' if answer.row_count != 1 else ''}"
    if answer.truncated:
        count += " (cut by the limit: there are more)"
    return f"{count} in {timings.total_ms:.0f} ms" + (f" ({', '.join(parts)})" if parts else "")
