"""Texts of PostgreSQL become values of JSON."""

from __future__ import annotations

from typing import Any

import pytest

from askwire_data.cells import CellType, TooDeep, converter_of


@pytest.mark.parametrize(
    ("base", "text", "value"),
    [
        ("bool", "t", True),
        ("bool", "f", False),
        ("int4", "-7", -7),
        ("int8", "9007199254740992", 9007199254740992),
        ("int8", "9007199254740993", "9007199254740993"),
        ("float8", "1.5", 1.5),
        ("float8", "1e+300", 1e300),
        ("float8", "NaN", "NaN"),
        ("float8", "-Infinity", "-Infinity"),
        ("numeric", "12.50", 12.5),
        ("numeric", "100", 100),
        ("numeric", "0.1", 0.1),
        ("numeric", "49.9900000000000000", 49.99),
        ("numeric", "118781.20", 118781.2),
        ("numeric", "33.3333333333333333", 33.3333333333333),
        ("numeric", "-0.66666666666666666667", -0.666666666666667),
        ("numeric", "1234567890123.456789", 1234567890123.46),
        ("numeric", "0.1234567890123456", 0.1234567890123456),
        ("numeric", "0.12345678901234560000", 0.1234567890123456),
        ("numeric", "1024.0000000000000000", 1024.0),
        ("numeric", "9007199254740993.0000000000", "9007199254740993.0000000000"),
        ("numeric", "9007199254740992.5", "9007199254740992.5"),
        ("numeric", "12345678901234567.50", "12345678901234567.50"),
        ("numeric", "1" + "0" * 30 + ".00", 1e30),
        ("numeric", "0." + "0" * 400 + "123", "0." + "0" * 400 + "123"),
        ("numeric", "0." + "0" * 319 + "123456", "0." + "0" * 319 + "123456"),
        ("numeric", "0." + "3" * 10_000, 0.333333333333333),
        ("numeric", "123456789012345678", "123456789012345678"),
        ("numeric", "9" * 5000, "9" * 5000),
        ("numeric", "NaN", "NaN"),
        ("date", "2024-01-31", "2024-01-31"),
        ("timestamp", "2024-01-31 10:00:00.5", "2024-01-31T10:00:00.5"),
        ("timestamptz", "2024-01-31 10:00:00+00", "2024-01-31T10:00:00+00:00"),
        ("timestamptz", "2024-01-31 10:00:00-03:30", "2024-01-31T10:00:00-03:30"),
        ("timestamp", "infinity", "infinity"),
        ("timestamp", "0044-03-15 00:00:00 BC", "0044-03-15 00:00:00 BC"),
        ("bytea", "\\xdead", "\\xdead"),
        ("jsonb", '{"a": [1]}', '{"a": [1]}'),
        ("json", '"' + "[" * 500 + '"', '"' + "[" * 500 + '"'),
        ("json", "[" + ",".join(["[]"] * 500) + "]", "[" + ",".join(["[]"] * 500) + "]"),
        ("interval", "P1DT2H", "P1DT2H"),
    ],
)
def test_a_text_becomes_a_value_of_json(base: str, text: str, value: Any) -> None:
    """Numbers that a reader of JSON would change stay texts; fractions may lose less than 1e-12 of their value."""
    convert = converter_of(CellType(oid=1, name=base, base=base))
    converted = text if convert is None else convert(text)

    assert converted == value
    assert type(converted) is type(value)


@pytest.mark.parametrize(
    ("base", "text", "value"),
    [
        ("int4", "{1,NULL,3}", [1, None, 3]),
        ("int4", "{}", []),
        ("int4", "[0:1]={5,6}", [5, 6]),
        ("numeric", "{{1.5},{2}}", [[1.5], [2]]),
        ("text", '{"a,b","c\\"d","NULL",NULL,"",x y}', ["a,b", 'c"d', "NULL", None, "", "x y"]),
    ],
)
def test_an_array_becomes_a_list(base: str, text: str, value: Any) -> None:
    """Elements are converted as single values are."""
    convert = converter_of(CellType(oid=1, name=f"{base}[]", base=base, is_array=True))

    assert convert is not None
    assert convert(text) == value


def test_an_array_of_boxes_is_split_at_its_own_delimiter() -> None:
    """The delimiter is a property of the type."""
    kind = CellType(oid=1, name="box[]", base="box", is_array=True, delimiter=";")

    convert = converter_of(kind)

    assert convert is not None
    assert convert("{(1,1),(0,0);(2,2),(0,0)}") == ["(1,1),(0,0)", "(2,2),(0,0)"]


@pytest.mark.parametrize("text", ["[" * 65 + "]" * 65, '{"a":' * 65 + "1" + "}" * 65])
def test_deep_json_is_refused(text: str) -> None:
    """What readers could not follow is an error, not a crash somewhere else."""
    convert = converter_of(CellType(oid=1, name="json", base="json"))

    assert convert is not None
    with pytest.raises(TooDeep):
        convert(text)
