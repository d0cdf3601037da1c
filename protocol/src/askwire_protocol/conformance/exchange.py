"""Sorts what came after a request: its parts, its outcome, and the rest (no I/O)."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from askwire_protocol.conformance.received import Closed, Received
from askwire_protocol.conformance.rule import NotObservable, Violated

__all__ = ["Exchange", "sort_messages"]

_PARTS = ("progress_update", "result_chunk")


@dataclasses.dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it."""

    message_id: str
    parts: tuple[Received, ...]
    """Progress and chunks before the outcome."""
    outcome: Received | None
    closed: Closed | None = None

    def require(self) -> Received:
        """Return the outcome; Violated where there is none."""
        if self.outcome is None:
            raise Violated("an answer or an error", self.closed or "nothing in time")
        return self.outcome

    def require_answer(self) -> Received:
        """Return the answer; NotObservable where the outcome is an error."""
        outcome = self.require()
        if outcome.is_error:
            text = outcome.text("error", "message") or outcome.code or "no message"
            raise NotObservable(f"the agent answers the suite's request with an error: {text}")
        return outcome

    @property
    def kind(self) -> str:
        """What the outcome is: the answer's type, or the error's code."""
        if self.outcome is None:
            return str(self.closed or "nothing in time")
        return f"error {self.outcome.code or ''}".rstrip() if self.outcome.is_error else str(self.outcome.type)


def sort_messages(
    message_id: str, messages: Sequence[Received], other_ids: Collection[str], *, closed: Closed | None = None
) -> Exchange:
    """Find the outcome of a request among what came.

    A message that names no request of this connection counts as its own, so that an agent which names requests
    wrongly fails the rules about that and no others.
    """
    others = set(other_ids) - {message_id}
    own = [message for message in messages if message.response_to not in others]
    for position, message in enumerate(own):
        if message.may_be_outcome:
            return Exchange(message_id, _parts(own[:position]), message, closed)
    return Exchange(message_id, _parts(own), None, closed)


def _parts(messages: Sequence[Received]) -> tuple[Received, ...]:
    return tuple(message for message in messages if message.type in _PARTS)
