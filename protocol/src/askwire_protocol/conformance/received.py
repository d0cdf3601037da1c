"""A message of the agent as it came, and questions about it that never fail (no I/O)."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec

__all__ = ["Closed", "Received"]

_SHOWN_CHARACTERS = 200
_BESIDE_OUTCOMES = frozenset(
    {
        "connection_established",
        "credit",
        "goaway",
        "heartbeat",
        "heartbeat_response",
        "progress_update",
        "result_chunk",
    }
)


@dataclasses.dataclass(frozen=True, slots=True)
class Closed:
    """How a connection ended: code 1006 where no closing frame came."""

    code: int
    reason: str

    def __str__(self) -> str:
        return f"the connection closed with {self.code} {self.reason}".rstrip()


@dataclasses.dataclass(frozen=True, slots=True)
class Received:
    """One message; ``value`` is its JSON, or None where it is not JSON."""

    raw: bytes
    is_text: bool
    value: Any  # whatever the agent sent

    @classmethod
    def of(cls, frame: str | bytes) -> Received:
        """Read one message."""
        raw = frame.encode() if isinstance(frame, str) else frame
        try:
            value = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            value = None
        return cls(raw, isinstance(frame, str), value)

    def get(self, *path: str) -> Any:
        """Return the member at this path, or None; its type is up to the agent."""
        value = self.value
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def has(self, name: str) -> bool:
        """Tell whether the message has this member and it is not null."""
        return self.get(name) is not None

    def text(self, *path: str) -> str | None:
        """Return the member where it is text."""
        value = self.get(*path)
        return value if isinstance(value, str) else None

    def texts(self, *path: str) -> tuple[str, ...]:
        """Return the texts of the array at this path."""
        value = self.get(*path)
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()

    def objects(self, *path: str) -> tuple[dict[str, Any], ...]:
        """Return the objects of the array at this path."""
        value = self.get(*path)
        return tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()

    @property
    def type(self) -> str | None:
        """The message's type, where it has one."""
        return self.text("type")

    @property
    def response_to(self) -> str | None:
        """The request that it names."""
        return self.text("response_to")

    @property
    def is_error(self) -> bool:
        """True for an error message."""
        return self.type == "error"

    @property
    def code(self) -> str | None:
        """The class of an error."""
        return self.text("error", "code")

    @property
    def may_be_outcome(self) -> bool:
        """True for an answer or an error, and for what could be meant as one."""
        return self.type not in _BESIDE_OUTCOMES

    def __str__(self) -> str:
        text = self.raw.decode("utf-8", "backslashreplace")
        return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}… ({len(self.raw)} bytes)"
