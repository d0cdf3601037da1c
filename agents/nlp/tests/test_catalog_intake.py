"""Catalogs that come in parts."""

from __future__ import annotations

import pytest

from askwire_nlp.catalog_intake import MAX_INCOMPLETE, MAX_PARTS, CatalogIntake
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages.catalog import Catalog, CatalogPut


def part(catalog: Catalog, number: int, parts: int, version: str = "v") -> CatalogPut:
    """Return one part with one table."""
    return CatalogPut(version=version, part=number, parts=parts, tables=(catalog.tables[number - 1],))


def test_parts_may_come_in_any_order_and_twice(catalog: Catalog) -> None:
    """The catalog is complete once each part has come; its tables are in the order of the parts."""
    intake = CatalogIntake()

    assert [intake.add(part(catalog, number, 3)) for number in (3, 1, 3)] == [None, None, None]
    whole = intake.add(part(catalog, 2, 3))
    assert whole == Catalog(version="v", tables=catalog.tables[:3])


def test_incomplete_catalogs_are_bounded(catalog: Catalog) -> None:
    """One more than the limit drops the one that waited longest, which then has to be sent anew."""
    intake = CatalogIntake()
    for number in range(MAX_INCOMPLETE + 1):
        assert intake.add(part(catalog, 1, 2, f"v{number}")) is None

    assert intake.add(part(catalog, 2, 2, "v0")) is None
    assert intake.add(part(catalog, 2, 2, f"v{MAX_INCOMPLETE}")) is not None


def test_another_number_of_parts_starts_over(catalog: Catalog) -> None:
    """Parts of two ways of cutting are never mixed."""
    intake = CatalogIntake()
    intake.add(part(catalog, 1, 2))

    assert intake.add(part(catalog, 2, 3)) is None


@pytest.mark.parametrize(
    ("number", "parts", "version"), [(0, 1, "v"), (2, 1, "v"), (1, MAX_PARTS + 1, "v"), (1, 1, "")]
)
def test_numbers_out_of_range_are_refused(catalog: Catalog, number: int, parts: int, version: str) -> None:
    """A part outside of its count, too many parts and no version are INVALID_ARGUMENT."""
    put = CatalogPut(version=version, part=number, parts=parts, tables=catalog.tables[:1])

    with pytest.raises(RequestFailed) as caught:
        CatalogIntake().add(put)
    assert caught.value.code == ErrorCode.INVALID_ARGUMENT
