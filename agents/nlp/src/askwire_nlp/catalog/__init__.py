"""What the engine understands of a database's catalog."""

from __future__ import annotations

from askwire_nlp.catalog.model import Edge, Formula, Kind, KnownCatalog, KnownColumn, KnownTable
from askwire_nlp.catalog.understanding import understand

__all__ = ["Edge", "Formula", "Kind", "KnownCatalog", "KnownColumn", "KnownTable", "understand"]
