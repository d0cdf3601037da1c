"""Read what a column's name says about its values."""

from __future__ import annotations

import re

__all__ = ["is_average", "is_coordinate", "is_count", "is_key", "is_measure", "is_part_of_name", "split_words"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+|\d+")
_AGGREGATES = {"count", "sum", "total", "avg", "average", "mean", "min", "max", "minimum", "maximum", "num", "median"}
_MEASURES = _AGGREGATES | {
    "amount", "revenue", "rate", "pct", "percent", "percentage", "ratio", "share", "qty", "quantity", "sales", "price",
    "cost", "value", "stddev", "variance", "profit", "turnover", "balance", "weight", "height", "size", "score",
}  # fmt: skip
_KEYS = {"id", "ids", "key", "uuid", "guid", "pk", "fk", "oid", "rank", "sku"}
_NUMBERED = {"number", "no", "nr"}
# What must not be added up: averages, shares, and values of one thing.
_AVERAGES = {
    "avg", "average", "mean", "median", "min", "max", "minimum", "maximum", "rate", "pct", "percent", "percentage",
    "ratio", "price", "age", "score", "rating", "temperature", "stddev", "variance", "latitude", "longitude", "lat",
    "lon", "lng", "latest", "earliest", "highest", "lowest", "per",
}  # fmt: skip
_COORDINATES = {"latitude", "longitude", "lat", "lon", "lng"}


def split_words(name: str) -> tuple[str, ...]:
    """Split ``orderCount``, ``order_count`` and ``Order Count`` alike, in lower case."""
    return tuple(word.lower() for word in _WORD.findall(name))


def is_measure(words: tuple[str, ...]) -> bool:
    """Tell whether the name is that of something measured or aggregated."""
    return bool(_MEASURES & set(words)) or words[:2] == ("number", "of")


def is_count(words: tuple[str, ...]) -> bool:
    """Tell whether the name is that of a count of things."""
    return "count" in words or words[:1] in (("num",), ("n",)) or words[:2] == ("number", "of")


def is_key(words: tuple[str, ...]) -> bool:
    """Tell whether the values name things, so that they are never measured.

    An aggregate of a key (``count_order_id``) is not one.
    """
    if not words or words[0] in _AGGREGATES or words[:2] == ("number", "of") or words[-1] == "count":
        return False
    if words[-2:] == ("row", "number"):
        return True
    return words[-1] in _KEYS or (len(words) > 1 and words[-1] in _NUMBERED)


def is_average(words: tuple[str, ...]) -> bool:
    """Tell whether adding the values up would say nothing."""
    return bool(_AVERAGES & set(words))


def is_coordinate(words: tuple[str, ...]) -> bool:
    """Tell whether the values are places on the earth."""
    return bool(_COORDINATES & set(words))


def is_part_of_name(words: tuple[str, ...]) -> bool:
    """Tell whether the column holds the first or the last name of people."""
    return bool(words) and (
        (words[-1] == "name" and words[0] in ("first", "last", "given", "family"))
        or words[-1] in ("surname", "firstname", "lastname")
    )
