"""Put the parts of catalogs together; bounded in parts, in size and in how many may be incomplete."""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from askwire_protocol.errors import ErrorCode, ErrorDetail, RequestFailed
from askwire_protocol.messages.catalog import Catalog, CatalogPut, Table

__all__ = ["MAX_INCOMPLETE", "MAX_PARTS", "MAX_PART_BYTES", "CatalogIntake"]

MAX_PARTS = 256
MAX_PART_BYTES = 256 * 1024
MAX_INCOMPLETE = 4
_MAX_VERSION_CHARACTERS = 200


class CatalogIntake:
    """Holds the catalogs that are still incomplete; the one that waited longest gives way to a fifth."""

    def __init__(self) -> None:
        self._parts: OrderedDict[str, dict[int, tuple[Table, ...]]] = OrderedDict()
        self._counts: dict[str, int] = {}

    def add(self, put: CatalogPut) -> Catalog | None:
        """Take one part; return the catalog once all its parts have come, in whatever order, None before.

        Raises:
            RequestFailed: the part is out of its limits.
        """
        _check(put)
        if self._counts.get(put.version, put.parts) != put.parts:
            self._drop(put.version)
        parts = self._parts.setdefault(put.version, {})
        self._counts[put.version] = put.parts
        self._parts.move_to_end(put.version)
        parts[put.part] = put.tables
        if len(parts) == put.parts:
            self._drop(put.version)
            tables = tuple(table for place in sorted(parts) for table in parts[place])
            return Catalog(version=put.version, tables=tables)
        while len(self._parts) > MAX_INCOMPLETE:
            self._drop(next(iter(self._parts)))
        return None

    def _drop(self, version: str) -> None:
        self._parts.pop(version, None)
        self._counts.pop(version, None)


def _check(put: CatalogPut) -> None:
    if not 0 < len(put.version) <= _MAX_VERSION_CHARACTERS:
        raise _invalid("version", f"version must have 1 to {_MAX_VERSION_CHARACTERS} characters")
    if not 1 <= put.parts <= MAX_PARTS:
        raise _invalid("parts", f"parts must be from 1 to {MAX_PARTS}")
    if not 1 <= put.part <= put.parts:
        raise _invalid("part", f"part must be from 1 to {put.parts}, the number of parts")
    if len(msgspec.json.encode(put.tables)) > MAX_PART_BYTES:
        raise RequestFailed(
            ErrorCode.TOO_LARGE,
            f"One part of a catalog may have {MAX_PART_BYTES} bytes.",
            details=(ErrorDetail(field="data.tables", reason="too large"),),
        )


def _invalid(field: str, sentence: str) -> RequestFailed:
    return RequestFailed(ErrorCode.INVALID_ARGUMENT, f"data.{sentence}.", details=(ErrorDetail(field=f"data.{field}"),))
