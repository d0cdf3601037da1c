"""Agents that break one rule each, by the id of the case that has to find it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from support.breaking_relay import CloseNow, Message, Mutant

__all__ = ["MUTANTS"]

WELCOMES = ("connection_established", "describe_response")
UNKNOWN = "conformance_unknown"
MUTANTS: list[tuple[str, type[Mutant]]] = []


def breaks(case_id: str) -> Callable[[type[Mutant]], type[Mutant]]:
    """Say which case has to fail, and no other."""

    def note(kind: type[Mutant]) -> type[Mutant]:
        MUTANTS.append((case_id, kind))
        return kind

    return note


def changing(type_: str, /, **changes: Any) -> type[Mutant]:
    """Make a mutant that changes members of one type of message; None removes them."""

    class Changing(Mutant):
        def said(self, message: Message) -> Iterable[Message]:
            if message["type"] == type_:
                message |= changes
                message = {name: value for name, value in message.items() if value is not None}
            return (message,)

    Changing.__name__ = f"{type_}-{'-'.join(changes)}"
    return Changing


def changing_data(*types: str, **changes: Any) -> type[Mutant]:
    """Make a mutant that changes members of ``data`` of some types of message; None removes them."""

    class ChangingData(Mutant):
        def said(self, message: Message) -> Iterable[Message]:
            if message["type"] in types and "data" in message:
                data = message["data"] | changes
                message["data"] = {name: value for name, value in data.items() if value is not None}
            return (message,)

    ChangingData.__name__ = f"{types[0]}-data-{'-'.join(changes)}"
    return ChangingData


def recoding(wanted: str, /, **changes: Any) -> type[Mutant]:
    """Make a mutant that changes members of ``error`` where it has this code; None removes them."""

    class Recoding(Mutant):
        def said(self, message: Message) -> Iterable[Message]:
            if message["type"] == "error" and message["error"].get("code") == wanted:
                error = message["error"] | changes
                message["error"] = {name: value for name, value in error.items() if value is not None}
            return (message,)

    Recoding.__name__ = f"{wanted}-{'-'.join(changes)}"
    return Recoding


def reclosing(wanted: int, code: int) -> type[Mutant]:
    """Make a mutant that closes with another code."""

    class Reclosing(Mutant):
        def closing(self, given: int) -> int:
            return code if given == wanted else given

    Reclosing.__name__ = f"close-{code}"
    return Reclosing


MUTANTS += [
    ("welcome-first", changing("connection_established", type="welcome")),
    ("welcome-client-id", changing("connection_established", client_id=None)),
    ("welcome-capabilities", changing_data(*WELCOMES, capabilities=None, types=[])),
    ("timestamps", changing("heartbeat_response", timestamp="yesterday")),
    ("token-demanded", changing_data(*WELCOMES, auth="required")),
    ("welcome-limits", changing_data(*WELCOMES, limits={"max_message_bytes": 1 << 20})),
    ("welcome-types", changing_data(*WELCOMES, types=[])),
    ("heartbeat-fields", changing("heartbeat_response", server_time=None)),
    ("heartbeat-echo", changing("heartbeat_response", echo=1.5)),
    ("heartbeat-instance", changing("heartbeat_response", instance_id="another")),
    ("heartbeat-names-request", changing("heartbeat_response", response_to="beat-1")),
    ("answer-type", changing("count_response", type="counted")),
    ("answer-names-request", changing("count_response", response_to="wrong")),
    ("answer-format", changing("count_response", data=[3])),
    ("progress-names-request", changing("progress_update", response_to="conformance-2x")),
    ("error-names-request", changing("error", response_to=None)),
    ("error-format", recoding("UNKNOWN_TYPE", type="UnknownType")),
    ("no-internals", recoding("UNKNOWN_TYPE", message="Traceback (most recent call last):\n…")),
    ("error-code", recoding("UNKNOWN_TYPE", code="NO_IDEA")),
    ("unknown-type-code", recoding("UNKNOWN_TYPE", code="NOT_FOUND")),
    ("error-flags", recoding("UNKNOWN_TYPE", retryable=None)),
    ("duplicate-id", recoding("DUPLICATE_ID", code="INVALID_MESSAGE")),
    ("invalid-argument", recoding("INVALID_ARGUMENT", details=None)),
    ("version-unsupported", recoding("UNSUPPORTED_VERSION", code="INVALID_MESSAGE")),
    ("hello-once", recoding("FAILED_PRECONDITION", code="INVALID_MESSAGE")),
    ("hello-features", changing_data("hello_response", features=["conformance_teleport", "goaway"])),
    ("describe", changing_data("describe_response", version="0.0.0")),
    ("health-check", changing_data("health_check_response", live=None)),
    ("control-names-request", changing("stats_response", response_to=None)),
    ("chunks-summary", changing_data("list_response", summary={"chunks": 1, "rows": 1, "digest": "0"})),
    ("chunks-final", changing("list_response", final=None)),
    ("chunks-columns", changing_data("result_chunk", columns=[{"name": "n", "type": "integer"}])),
    ("deadline", recoding("DEADLINE_EXCEEDED", code="INTERNAL")),
    ("undecodable-again", reclosing(4400, 1008)),
    ("binary-frame", reclosing(1003, 1011)),
    ("hello-no-common-version", reclosing(4406, 1000)),
]


@breaks("messages-are-text")
class SaysErrorsInBinary(Mutant):
    """Sends errors in binary frames."""

    def said(self, message: Message) -> Iterable[Message | bytes]:
        """Break the rule."""
        return (json.dumps(message).encode(),) if message["type"] == "error" else (message,)


@breaks("heartbeat-answered")
class IgnoresHeartbeats(Mutant):
    """Never answers a heartbeat."""

    def asked(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        return () if message["type"] == "heartbeat" else (message,)


@breaks("answers-are-not-answered")
class AnswersErrors(Mutant):
    """Answers an error with an error."""

    def asked(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        return ({"type": UNKNOWN, "message_id": "x"},) if message["type"] == "error" else (message,)


@breaks("heartbeat-overtakes")
class WorksInTheReader(Mutant):
    """Answers heartbeats only when nothing else is in work."""

    def __init__(self) -> None:
        """Start idle."""
        self.busy = False
        self.held: list[Message] = []

    def asked(self, message: Message) -> Iterable[Message]:
        """Note what is in work."""
        self.busy = self.busy or message["type"] == "wait"
        return (message,)

    def said(self, message: Message) -> Iterable[Message]:
        """Hold heartbeats back until the end of the work."""
        if self.busy and message["type"] == "heartbeat_response":
            self.held.append(message)
            return ()
        if message["type"] in ("wait_response", "error"):
            self.busy = False
            held, self.held = self.held, []
            return (message, *held)
        return (message,)


@breaks("one-outcome")
class AnswersTwice(Mutant):
    """Sends every answer twice."""

    def said(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        return (message, message) if message["type"] == "count_response" else (message,)


@breaks("outcome-is-last")
class ReportsLate(Mutant):
    """Reports progress after the answer."""

    def said(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        late = {"type": "progress_update", "response_to": message.get("response_to"), "data": {"stage": "late"}}
        return (message, late) if message["type"] == "count_response" else (message,)


@breaks("request-answered")
class ForgetsRequests(Mutant):
    """Never answers a request."""

    def asked(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        good = "message_id" in message and message.get("data") == {"limit": 3} and message.get("v") != "99.0"
        return () if message["type"] == "count" and good else (message,)


@breaks("progress-rises")
class ReportsBackwards(Mutant):
    """Counts its progress down."""

    def said(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        if message["type"] == "progress_update":
            message["data"]["progress"] = 1.0 - message["data"]["progress"]
        return (message,)


@breaks("progress-is-numbered")
class NumbersProgressFromOne(Mutant):
    """Begins with 1."""

    def __init__(self) -> None:
        """Remember who streams."""
        self.streamed: set[str] = set()

    def asked(self, message: Message) -> Iterable[Message]:
        """Leave streams alone."""
        if message["type"] == "list":
            self.streamed.add(message["message_id"])
        return (message,)

    def said(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        if message["type"] == "progress_update" and message["response_to"] not in self.streamed:
            message["seq"] += 1
        return (message,)


@breaks("unknown-type-stays-open")
class ClosesOnUnknownTypes(Mutant):
    """Answers what it does not know, and leaves."""

    def said(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        if self.leaving and message["type"] == "heartbeat_response":
            raise CloseNow(1008)
        self.leaving = self.leaving or message.get("error", {}).get("code") == "UNKNOWN_TYPE"
        return (message,)

    leaving = False


@breaks("malformed-json")
class ClosesOnGarbage(Mutant):
    """Closes on the first message that is not JSON."""

    def garbled(self, text: str | bytes) -> str | bytes:
        """Break the rule."""
        if isinstance(text, str) and not text.startswith(("[", "{")):
            raise CloseNow(4400)
        return text


@breaks("unknown-fields")
class RefusesUnknownFields(Mutant):
    """Refuses what it does not know."""

    def asked(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        return (message | {"v": "99.0"},) if "x_number" in message else (message,)


@breaks("connections-are-apart")
class SaysItToEverybody(Mutant):
    """Sends answers to requests with the id "same" on every connection."""

    others: list[Message] = []  # noqa: RUF012 - shared by all connections, which is the defect

    def said(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        if message.get("response_to") == "same" and message["type"] == "count_response":
            self.others.append(message)
        elif message["type"] == "heartbeat_response" and self.others:
            return (self.others.pop(), message)
        return (message,)


@breaks("new-types-unasked")
class SaysGoawayToEverybody(Mutant):
    """Sends goaway to peers that never heard of it."""

    def said(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        goaway = {"type": "goaway", "data": {"reason": "max_age", "grace_ms": 1000}}
        return (message, goaway) if message["type"] == "count_response" else (message,)


@breaks("cancel-ends-work")
class IgnoresCancels(Mutant):
    """Works on."""

    def asked(self, message: Message) -> Iterable[Message]:
        """Break the rule; chunks that wait for credit are given up."""
        ignored = message["type"] == "cancel" and message["data"]["request_id"] == "gone"
        return () if ignored else (message,)


@breaks("cancel-unknown")
class ComplainsAboutCancels(Mutant):
    """Answers a cancel that comes too late with an error."""

    def asked(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        late = message["type"] == "cancel" and message["data"]["request_id"] == "never-sent"
        return ({"type": UNKNOWN},) if late else (message,)


@breaks("cancel-own-only")
class CancelsForAnybody(Mutant):
    """Lets a cancel reach the requests of other connections."""

    cancelled: set[str] = set()  # noqa: RUF012 - shared by all connections, which is the defect

    def asked(self, message: Message) -> Iterable[Message]:
        """Note whose request is cancelled."""
        if message["type"] == "cancel":
            self.cancelled.add(message["data"]["request_id"])
        return (message,)

    def said(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        if message["type"] == "wait_response" and message["response_to"] in self.cancelled & {"mine"}:
            error = {"message": "Given up.", "type": "server_error", "code": "CANCELLED"}
            return ({"type": "error", "response_to": "mine", "error": error},)
        return (message,)


@breaks("chunks-numbered")
class SkipsANumber(Mutant):
    """Leaves out a number of its parts."""

    def said(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        if message["type"] == "result_chunk" and message["seq"] > 2:
            message["seq"] += 1
        return (message,)


@breaks("chunks-credit")
class SendsBeyondCredit(Mutant):
    """Sends all chunks, whatever the requester has room for."""

    def asked(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        return (message | {"credit": 100},) if "credit" in message else (message,)


@breaks("chunks-go-on")
class IgnoresCredit(Mutant):
    """Begins to send no more once the first credit is used up."""

    def __init__(self) -> None:
        """Remember whether the credit was small."""
        self.small = False

    def asked(self, message: Message) -> Iterable[Message]:
        """Break the rule."""
        self.small = self.small or message.get("credit") == 2
        return () if self.small and message["type"] == "credit" else (message,)
