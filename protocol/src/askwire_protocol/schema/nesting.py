"""Find the structs that a type is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

__all__ = ["structs_of", "structs_within", "with_all_within"]

Payload = type[msgspec.Struct]


def with_all_within(kinds: Iterable[Payload]) -> list[Payload]:
    """Return the structs and, after each, those that its fields hold at any depth; each once."""
    found: dict[Payload, None] = {}
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop(0)
        if kind not in found:
            found[kind] = None
            waiting[:0] = structs_within(kind)
    return list(found)


def structs_within(kind: Payload) -> Iterator[Payload]:
    """Yield the structs that the fields of a struct name."""
    for item in msgspec.structs.fields(kind):
        yield from structs_of(item.type)


def structs_of(hint: Any) -> Iterator[Payload]:  # Any: whatever stands in an annotation
    """Yield the structs that an annotation names."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for part in getattr(hint, "__args__", ()):
        yield from structs_of(part)
