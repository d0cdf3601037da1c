"""Numbers in digits and words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from askwire_nlp.numbers import plain, read_number
from askwire_nlp.words import Word


def words(text: str, tag: str = "CD") -> tuple[Word, ...]:
    """Return words with one tag."""
    return tuple(Word(part, part.lower(), part.lower(), tag, 0, 0) for part in text.split())


@pytest.mark.parametrize(
    ("text", "value", "end"),
    [
        ("42", "42", 1), ("1,234.5", "1234.5", 1), ("$ 20", "20", 2), ("$20", "20", 1), ("20 euros", "20", 2),
        ("3k", "3000", 1), ("2.5 million", "2500000", 2), ("twenty five books", "25", 2),
        ("one thousand two hundred", "1200", 4), ("two hundred and five", "205", 4), ("-7", "-7", 1),
    ],
)  # fmt: skip
def test_numbers_are_read_whole(text: str, value: str, end: int) -> None:
    """The longest number that begins here, with its scale and currency."""
    span = read_number(words(text), 0)

    assert span is not None
    assert (span.value, span.end) == (Decimal(value), end)


@pytest.mark.parametrize("text", ["books", "1,23", "12th", "1e5", "second", "0x10"])
def test_what_is_no_number_is_not_read(text: str) -> None:
    """Ordinals, exponents and wrong thousands marks are left alone."""
    assert read_number(words(text, "NN"), 0) is None


def test_quoted_numbers_are_texts() -> None:
    """A number in quotes is a text."""
    assert read_number((Word("5", "5", "5", "CD", 0, 1, is_quoted=True),), 0) is None


@pytest.mark.parametrize(("value", "text"), [("100", "100"), ("0", "0"), ("1.50", "1.5"), ("1E+3", "1000")])
def test_sql_numbers_have_no_exponent(value: str, text: str) -> None:
    """Numbers are written in plain digits."""
    assert plain(Decimal(value)) == text
