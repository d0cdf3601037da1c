"""The table of rows: how much of it is in the document, its order and its formats."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chromium import Page
from sample_answers import answered
from stub_backend import StubBackend


async def _show(page: Page, backend: StubBackend, columns: list[tuple[str, str]], rows: list[list[Any]]) -> None:
    named = [{"name": name, "type": kind} for name, kind in columns]
    backend.answer = answered(columns=named, rows=rows, row_count=len(rows), chart=None)
    await page.ask("rows")
    await page.wait_for("document.querySelector('tbody tr:not(.spacer)')")


async def _column(page: Page, at: int) -> list[str]:
    rows = "[...document.querySelectorAll('tbody tr:not(.spacer)')]"
    return list(await page.evaluate(f"{rows}.map((row) => row.children[{at}].textContent)"))


async def test_ten_thousand_rows_are_a_window(page: Page, backend: StubBackend) -> None:
    """Of many rows only those in view are in the document; scrolling and sorting reach all of them."""
    await _show(page, backend, [("n", "int4"), ("name", "text")], [[at, f"row {at}"] for at in range(10_000)])
    assert await page.evaluate("document.querySelectorAll('tbody tr').length") < 100
    await page.evaluate("document.querySelector('.table-scroll').scrollTop = 1e9")
    await page.wait_for("[...document.querySelectorAll('tbody td')].some((cell) => cell.textContent === 'row 9999')")
    assert await page.evaluate("document.querySelectorAll('tbody tr').length") < 100
    await page.evaluate("for (let at = 0; at < 2; at += 1) document.querySelector('th button').click()")
    assert (await _column(page, 1))[:2] == ["row 9999", "row 9998"]


async def test_sorting_knows_numbers_texts_and_nothing(page: Page, backend: StubBackend) -> None:
    """Numbers that came as texts sort as numbers, values that are missing come last, a third press undoes it."""
    rows = [["b", "9.5"], ["a10", None], ["a9", "10000000000000000000.25"], ["a", "-3"]]
    await _show(page, backend, [("name", "text"), ("amount", "numeric")], rows)
    press = "document.querySelectorAll('th button')[{}].click()"
    await page.evaluate(press.format(1))
    assert await _column(page, 0) == ["a", "b", "a9", "a10"]
    await page.evaluate(press.format(1))
    assert await _column(page, 0) == ["a9", "b", "a", "a10"]
    await page.evaluate(press.format(1))
    assert await _column(page, 0) == ["b", "a10", "a9", "a"]
    await page.evaluate(press.format(0))
    assert await _column(page, 0) == ["a", "a9", "a10", "b"]


async def test_values_are_shown_by_their_type(page: Page, backend: StubBackend) -> None:
    """Digits are never lost; identifiers and years are not grouped; what is missing is marked."""
    columns = [("id", "integer"), ("total", "numeric(12,2)"), ("big", "bigint"), ("at", "timestamp with time zone"),
               ("paid", "boolean"), ("data", "jsonb"), ("note", "text")]  # fmt: skip
    row = [12345, "1234.5", "9007199254740993", "2025-03-01T10:20:30+00:00", True, {"a": [1]}, None]
    await _show(page, backend, columns, [row])
    shown = [(await _column(page, at))[0] for at in range(len(columns))]
    assert shown == [
        "12345", "1,234.5", "9,007,199,254,740,993", "2025-03-01 10:20:30+00:00", "yes", '{"a":[1]}', "–",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"truncated": True}, "The first 12 rows of more"),
        ({"row_count": 4000}, "The first 12 rows of 4,000 rows."),
    ],
)
async def test_a_part_of_the_rows_is_called_so(
    page: Page, backend: StubBackend, changes: dict[str, Any], note: str
) -> None:
    """Where not all rows are here, the table says how many are."""
    backend.answer = answered(chart=None, **changes)
    await page.ask("rows")
    await page.wait_for("document.querySelector('.rows-note')")
    assert note in await page.text(".rows-note")


async def test_no_rows_is_an_answer(page: Page, backend: StubBackend) -> None:
    """An answer without rows says so and still shows the SQL."""
    backend.answer = answered(rows=[], row_count=0, chart=None)
    await page.ask("rows")
    await page.wait_for("document.querySelector('.empty')")
    assert "No rows match" in await page.text(".empty")
    assert "SELECT" in await page.text(".sql")


@pytest.mark.parametrize(
    ("question", "phrases", "expected"),
    [
        ("top Top tops", ["top", "top"], [["top", 0], [" ", None], ["Top", 1], [" tops", None]]),
        ("sold in March 2024", ["sold 2024"], [["sold", 0], [" in March ", None], ["2024", 0]]),
        ("İstanbul orders", ["orders"], [["İstanbul orders", None]]),
    ],
)
async def test_phrases_are_found_as_whole_words(
    page: Page, question: str, phrases: list[str], expected: list[list[Any]]
) -> None:
    """A phrase is marked where it is a whole word, each at a place of its own; otherwise word by word."""
    call = f"segments({json.dumps(question)}, {json.dumps(phrases)}).map((piece) => [piece.text, piece.mark])"
    assert await page.evaluate(f"import('/static/words.js').then(({{ segments }}) => {call})") == expected


async def test_reconnecting_waits_with_full_jitter(page: Page) -> None:
    """The delay is drawn from zero to a ceiling that doubles up to a limit."""
    call = (
        "import('/static/backoff.js').then(({ reconnectDelayMs: d }) => [d(0, 0.5), d(3, 0.5), d(99, 0.999), d(99, 0)])"
    )
    assert await page.evaluate(call) == [250, 2000, 19980, 0]
