"""From words to typed pieces with candidates in the schema, each with evidence and a score."""

from __future__ import annotations

from askwire_nlp.linking.items import Candidate, Item, ItemKind, Op, Operator
from askwire_nlp.linking.schema import SchemaIndex
from askwire_nlp.linking.segments import Segmenter
from askwire_nlp.linking.values import ValueIndex

__all__ = ["Candidate", "Item", "ItemKind", "Op", "Operator", "SchemaIndex", "Segmenter", "ValueIndex"]
