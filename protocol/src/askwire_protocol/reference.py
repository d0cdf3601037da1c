"""Make the tables of the protocol's reference page: ``python -m askwire_protocol.reference [PAGE]``.

The page is prose with marked parts; with a page given (``docs/reference/protocol.md`` of this repository) those parts
are written anew, without one they are printed.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from askwire_protocol.close_codes import CLOSE_CODES
from askwire_protocol.envelope import CONTROL_TYPES, Envelope, answer_type
from askwire_protocol.errors import ERROR_CODES, ErrorBody, ErrorDetail
from askwire_protocol.messages import (
    AgentTable,
    Ask,
    AskAnswer,
    Cancel,
    CatalogAnswer,
    CatalogPut,
    CatalogPutAnswer,
    CatalogRequest,
    ChartAnswer,
    ChartLibrary,
    ChartLibraryRequest,
    ChartRequest,
    ExportAnswer,
    ExportRequest,
    HealthReport,
    NlpAnswer,
    NlpQuery,
    Progress,
    SqlAnswer,
    SqlQuery,
    StatsReport,
    Welcome,
)

__all__ = ["ENVELOPE_MEANINGS", "MESSAGES", "MessageSpec", "main", "render_parts", "replace_parts"]

Payload = type[msgspec.Struct]


class MessageSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One type of message: who takes it, what its ``data`` is, and the ``data`` of its answer."""

    type: str
    to: str
    data: Payload | None = None
    answer: Payload | None = None

    @property
    def answer_type(self) -> str | None:
        """Type of the answer; None for a message that has none."""
        return answer_type(self.type) if self.answer is not None or self.type in CONTROL_TYPES else None


_AGENT, _CLIENT = "every agent, backend", "the one who asked"
MESSAGES = (
    MessageSpec(type="heartbeat", to=_AGENT),
    MessageSpec(type="health_check", to=_AGENT, answer=HealthReport),
    MessageSpec(type="stats", to=_AGENT, answer=StatsReport),
    MessageSpec(type="describe", to=_AGENT, answer=Welcome),
    MessageSpec(type="cancel", to=_AGENT, data=Cancel),
    MessageSpec(type="nlp_query", to="NLP agent", data=NlpQuery, answer=NlpAnswer),
    MessageSpec(type="catalog_put", to="NLP agent", data=CatalogPut, answer=CatalogPutAnswer),
    MessageSpec(type="sql_query", to="data agent", data=SqlQuery, answer=SqlAnswer),
    MessageSpec(type="catalog", to="data agent", data=CatalogRequest, answer=CatalogAnswer),
    MessageSpec(type="generate_chart", to="viz agent", data=ChartRequest, answer=ChartAnswer),
    MessageSpec(type="export_chart", to="viz agent", data=ExportRequest, answer=ExportAnswer),
    MessageSpec(type="chart_library", to="viz agent", data=ChartLibraryRequest, answer=ChartLibrary),
    MessageSpec(type="ask", to="backend", data=Ask, answer=AskAnswer),
    MessageSpec(type="agents", to="backend", answer=AgentTable),
    MessageSpec(type="connection_established", to=_CLIENT, data=Welcome),
    MessageSpec(type="progress_update", to=_CLIENT, data=Progress),
    MessageSpec(type="error", to=_CLIENT),
)
"""Requests first, then what comes unasked."""


ENVELOPE_MEANINGS = {
    "type": "what the message is; up to 64 letters, digits and `_ . -`",
    "message_id": "the requester's name for a request, 1 to 128 characters of `A-Z a-z 0-9 _ . : + = @ -`; may be left "
    "out of `heartbeat`, `health_check`, `stats`, `describe` and `cancel` alone",
    "response_to": "the `message_id` that this message belongs to; in every answer, progress and error, where the "
    "request had one that could be read",
    "client_id": "in messages of an agent: the id that it gave to this connection; in requests: any text",
    "timestamp": "when it was sent (ISO 8601 in UTC in what Askwire sends); any text or number is accepted",
    "data": "the payload; every answer has it, but that to a heartbeat",
    "error": "what went wrong; in messages of type `error` alone",
    "server_time": "heartbeat_response: clock of the agent, in seconds of the epoch",
    "from": "heartbeat_response, connection_established: name of the agent",
    "echo": "heartbeat_response: the heartbeat's `timestamp`, unless that is a text above 64 characters",
    "status": "heartbeat_response: ok, degraded (not ready), overloaded (at its limit of requests) or draining",
    "in_flight": "heartbeat_response: requests in work",
    "queued": "heartbeat_response: jobs that wait for a worker process",
    "loop_lag_ms": "heartbeat_response: the longest delay of the agent's event loop in the last seconds",
    "instance_id": "heartbeat_response: random for each process, so that a restart is seen",
    "v": "version of the protocol that the request is written in, as `1.1`; another major version is refused",
    "seq": "progress_update: 0, 1, 2, … for each request",
    "deadline_ms": "time that the request may take, from its arrival; never above the agent's own limit",
    "attempt": "number of the attempt, from a requester that tries again; read and not used",
    "traceparent": "trace of the requester (W3C); handed to the agent's handler",
    "tracestate": "as `traceparent`; read and not used",
    "final": "read and not used yet: answers come whole",
    "idempotency_key": "read and not used yet",
    "accept": "read and not used yet",
}
"""What the fields of the envelope mean; those of payloads are told where they are defined."""


def render_parts() -> dict[str, str]:
    """Return the generated parts of the page by the names of their markers."""
    return {
        "messages": _lines(_message_rows()),
        "envelope": _lines(_envelope_rows()),
        "payloads": _lines(_payload_sections()),
        "error-body": _lines((*_struct_section(ErrorBody), *_struct_section(ErrorDetail))),
        "error-codes": _lines(_error_rows()),
        "close-codes": _lines(_close_rows()),
    }


def replace_parts(page: str, parts: Mapping[str, str]) -> str:
    """Return the page with its marked parts made anew.

    Raises:
        ValueError: the page lacks the marker of a part.
    """
    for name, text in parts.items():
        pattern = re.compile(rf"(<!-- made: {re.escape(name)} -->\n).*?(<!-- end: {re.escape(name)} -->)", re.DOTALL)
        replacement = _keep_markers(text)
        page, count = pattern.subn(replacement, page)
        if count != 1:
            raise ValueError(f"the page has {count} parts named {name}; it needs one")
    return page


def _keep_markers(text: str) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{found[1]}\n{text}\n{found[2]}"


def main(arguments: list[str]) -> int:
    """Rewrite the page, or print the parts; returns the exit code."""
    if len(arguments) > 1:
        sys.stderr.write("usage: python -m askwire_protocol.reference [PAGE]\n")
        return 2
    if not arguments:
        sys.stdout.write("\n".join(render_parts().values()))
        return 0
    page = Path(arguments[0])
    page.write_text(replace_parts(page.read_text(encoding="utf-8"), render_parts()), encoding="utf-8")
    return 0


def _message_rows() -> Iterator[str]:
    yield "| type | sent to | `data` | answer | its `data` |"
    yield "|---|---|---|---|---|"
    for message in MESSAGES:
        answer = f"`{message.answer_type}`" if message.answer_type else "–"
        cells = (f"`{message.type}`", message.to, _link(message.data), answer, _link(message.answer))
        yield f"| {' | '.join(cells)} |"


def _envelope_rows() -> Iterator[str]:
    yield "| field | type | meaning |"
    yield "|---|---|---|"
    for item in msgspec.structs.fields(Envelope):
        yield f"| `{item.encode_name}` | {_type_name(item.type)} | {ENVELOPE_MEANINGS[item.encode_name]} |"


def _link(kind: Payload | None) -> str:
    return "–" if kind is None else f"[{kind.__name__}](#{kind.__name__.lower()})"


def _payload_sections() -> Iterator[str]:
    """Yield a section for each payload, and after it those of the structs that it holds."""
    seen: set[Payload] = set()
    waiting = [kind for message in MESSAGES for kind in (message.data, message.answer) if kind is not None]
    while waiting:
        kind = waiting.pop(0)
        if kind in seen:
            continue
        seen.add(kind)
        yield from _struct_section(kind)
        waiting[:0] = list(_structs_within(kind))


def _struct_section(kind: Payload) -> Iterator[str]:
    yield f"### {kind.__name__}"
    yield ""
    yield _markdown(inspect.getdoc(kind) or "")
    yield ""
    if msgspec.structs.fields(kind):
        yield from _field_rows(kind)
        yield ""


def _field_rows(kind: Payload) -> Iterator[str]:
    meanings = _field_docstrings(kind)
    yield "| field | type | default | meaning |"
    yield "|---|---|---|---|"
    for item in msgspec.structs.fields(kind):
        cells = (f"`{item.encode_name}`", _type_name(item.type), _default(item), meanings.get(item.name, ""))
        yield f"| {' | '.join(cells)} |"


def _field_docstrings(kind: Payload) -> dict[str, str]:
    """Return the texts that stand under the fields in the source."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - the source of a class
    found: dict[str, str] = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            found[field.target.id] = _markdown(inspect.cleandoc(str(text.value.value))).replace("\n", " ")
    return found


def _structs_within(kind: Payload) -> Iterator[Payload]:
    for item in msgspec.structs.fields(kind):
        yield from _structs_of(item.type)


def _structs_of(hint: Any) -> Iterator[Payload]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for part in getattr(hint, "__args__", ()):
        yield from _structs_of(part)


def _type_name(hint: Any) -> str:
    """Return a type in JSON's words, with links to the structs."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _link(hint)
    origin: Any = getattr(hint, "__origin__", None)
    arguments: tuple[Any, ...] = getattr(hint, "__args__", ())
    if origin in (list, tuple):
        return f"array of {_type_name(arguments[0])}"
    if origin is dict:
        return "object"
    if arguments:
        names = [_type_name(part) for part in arguments if part is not type(None)]
        return " or ".join(dict.fromkeys(names))
    plain = {str: "text", int: "integer", float: "number", bool: "true, false", msgspec.Raw: "object", Any: "any JSON"}
    values = getattr(hint, "__members__", {})
    return ", ".join(f"`{member.value}`" for member in values.values()) or plain.get(hint, str(hint))


def _default(item: msgspec.structs.FieldInfo) -> str:
    if item.required:
        return "required"
    value = item.default_factory() if item.default is msgspec.NODEFAULT else item.default
    if value is None or value in ("", (), [], msgspec.Raw()):
        return "–"
    return f"`{msgspec.json.encode(value).decode()}`"


def _error_rows() -> Iterator[str]:
    yield "| code | HTTP status | retry helps | not executed | meaning |"
    yield "|---|---|---|---|---|"
    for spec in ERROR_CODES.values():
        executed = "yes" if spec.not_executed else "unknown"
        retry = "yes" if spec.retryable else "no"
        yield f"| `{spec.code}` | {spec.http_status} | {retry} | {executed} | {spec.meaning} |"


def _close_rows() -> Iterator[str]:
    yield "| code | meaning | reconnect |"
    yield "|---|---|---|"
    for spec in CLOSE_CODES.values():
        yield f"| `{spec.code.value}` | {spec.meaning} | {spec.reconnect} |"


def _markdown(text: str) -> str:
    return text.replace("``", "`")


def _lines(lines: Iterator[str] | tuple[str, ...]) -> str:
    return "\n".join(lines).strip("\n") + "\n"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
