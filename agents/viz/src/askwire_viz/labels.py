"""Turn values from outside into short plain texts: names, labels, numbers, times."""

from __future__ import annotations

import datetime
import enum
import math
import re
import unicodedata

__all__ = ["Grain", "format_number", "format_time", "in_words", "make_plain", "shorten", "start_large"]

_MAX_MARKS = 3  # combining marks kept on one letter; more only overprint their neighbours
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock times, as the database showed them
# Directions that would turn the text around them, and characters that show nothing.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


class Grain(enum.StrEnum):
    """Unit that all times of a column are whole in."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    DAY = "day"
    HOUR = "hour"
    SECOND = "second"


def make_plain(text: str, max_length: int = 200) -> str:
    """Return one line without control characters, direction overrides and piles of combining marks."""
    kept: list[str] = []
    marks = 0
    # A label needs far fewer characters than a cell may hold; the factor leaves room for what is dropped.
    for character in _INVISIBLE.sub("", text[: max_length * 8]):
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks <= _MAX_MARKS:
            kept.append(" " if category == "Cc" or character.isspace() else character)
    return shorten(" ".join("".join(kept).split()), max_length)


def in_words(name: str) -> str:
    """Return a column's name as people write it: ``number_of_orders`` is ``number of orders``."""
    return " ".join(name.replace("_", " ").split()) or name


def start_large(text: str) -> str:
    """Return the text with its first letter large, as titles, labels and sentences begin."""
    return text[:1].upper() + text[1:]


def shorten(text: str, max_length: int) -> str:
    """Cut a text that is longer, with an ellipsis in place of the rest."""
    return text if len(text) <= max_length else text[: max_length - 1].rstrip() + "…"


def format_number(number: float) -> str:
    """Write a number with thousands separators and at most two decimals (four digits where it is small)."""
    if not math.isfinite(number):
        return "no value"
    if number == int(number) and abs(number) < 1e15:
        return f"{int(number):,}"
    if abs(number) >= 1e15 or abs(number) < 1e-4:
        return f"{number:.4g}"
    if abs(number) < 1:
        return f"{number:.4f}".rstrip("0")
    return f"{number:,.2f}"


def format_time(milliseconds: float, grain: Grain | None) -> str:
    """Write a time, given in milliseconds since 1970, as exactly as its grain."""
    moment = _EPOCH + datetime.timedelta(milliseconds=milliseconds)
    match grain:
        case Grain.YEAR:
            return f"{moment.year:04d}"
        case Grain.QUARTER:
            return f"{moment.year:04d}-Q{(moment.month + 2) // 3}"
        case Grain.MONTH:
            return f"{moment.year:04d}-{moment.month:02d}"
        case Grain.DAY:
            return moment.date().isoformat()
        case Grain.HOUR:
            return moment.isoformat(sep=" ", timespec="minutes")
        case _:
            return moment.isoformat(sep=" ", timespec="seconds")
