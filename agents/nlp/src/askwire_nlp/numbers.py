"""Read numbers: digits, thousands marks, currency signs, and words such as "twenty five"."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from decimal import Decimal

from text_to_num import text2num

from askwire_nlp.words import Word

__all__ = ["NumberSpan", "plain", "read_number"]

_DIGITS = re.compile(r"([$€£])?(-?\d{1,3}(?:,\d{3})+|-?\d{1,15})(\.\d{1,9})?(k|m|%)?$", re.IGNORECASE)
_CURRENCY = {"$", "€", "£", "usd", "eur", "gbp", "dollar", "dollars", "euro", "euros", "pounds"}
_SCALES = {"thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_WORDS = {
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty",
    "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "million", "billion", "zero",
}  # fmt: skip
_LONGEST = 8


@dataclasses.dataclass(frozen=True, slots=True)
class NumberSpan:
    """A number that ends before word ``end``."""

    end: int
    value: Decimal
    is_money: bool = False
    is_percent: bool = False


def plain(value: Decimal) -> str:
    """Return the number as SQL writes it, without exponent."""
    return format(value.normalize(), "f") if value else "0"


def read_number(words: Sequence[Word], start: int) -> NumberSpan | None:
    """Return the number that begins at ``start``, if one does."""
    index, is_money = start, False
    if words[index].lower in ("$", "€", "£") and index + 1 < len(words):
        index, is_money = index + 1, True
    if words[index].is_quoted:
        return None
    span = _digits(words, index) or _spelled(words, index)
    if span is None:
        return None
    end, value, percent, money = span
    if end < len(words) and words[end].lower == "%":
        end, percent = end + 1, True
    if end < len(words) and words[end].lower in _CURRENCY:
        end, money = end + 1, True
    return NumberSpan(end, value, is_money or money, percent)


def _digits(words: Sequence[Word], index: int) -> tuple[int, Decimal, bool, bool] | None:
    match = _DIGITS.match(words[index].text)
    if match is None:
        return None
    sign, whole, fraction, unit = match.groups()
    value = Decimal(whole.replace(",", "") + (fraction or ""))
    scale = {"k": 1000, "m": 1_000_000}.get((unit or "").lower(), 1)
    end = index + 1
    if end < len(words) and words[end].lower in _SCALES:
        scale, end = scale * _SCALES[words[end].lower], end + 1
    return end, value * scale, unit == "%", bool(sign)


def _spelled(words: Sequence[Word], index: int) -> tuple[int, Decimal, bool, bool] | None:
    if words[index].lower not in _WORDS or words[index].tag not in ("CD", "NN", "NNS", "NNP", "JJ"):
        return None
    end = index
    while end < len(words) and end - index < _LONGEST and _continues(words, end, index):
        end += 1
    for stop in range(end, index, -1):
        try:
            return stop, Decimal(text2num(" ".join(word.lower for word in words[index:stop]), "en")), False, False
        except ValueError:
            continue
    return None


def _continues(words: Sequence[Word], end: int, start: int) -> bool:
    if words[end].lower in _WORDS:
        return True
    is_joint = words[end].lower == "and" and end > start and words[end - 1].lower in ("hundred", "thousand")
    return is_joint and end + 1 < len(words) and words[end + 1].lower in _WORDS
