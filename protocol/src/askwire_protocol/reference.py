"""Make the tables of the protocol's reference page: ``python -m askwire_protocol.reference [PAGE]``.

The page is prose with marked parts; with a page given (``docs/reference/protocol.md`` of this repository) those parts
are written anew, without one they are printed.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from askwire_protocol.close_codes import CLOSE_CODES
from askwire_protocol.envelope import Envelope
from askwire_protocol.errors import ERROR_CODES, ErrorBody, ErrorDetail
from askwire_protocol.schema.envelope_fields import ENVELOPE_MEANINGS
from askwire_protocol.schema.field_texts import read_field_texts
from askwire_protocol.schema.nesting import with_all_within
from askwire_protocol.schema.table import AGENTS, EVERYBODY, MESSAGES, MessageSpec, Payload

__all__ = ["main", "render_parts", "replace_parts"]


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
        cells = (f"`{message.type}`", _sent_to(message), _link(message.data), answer, _link(message.answer))
        yield f"| {' | '.join(cells)} |"


def _sent_to(message: MessageSpec) -> str:
    if not message.received:
        return "whoever connected"
    if message.sent:
        return "either side"
    if message.ports == EVERYBODY:
        return "every agent, backend"
    return "every agent" if message.ports == AGENTS else ", ".join(message.ports)


def _envelope_rows() -> Iterator[str]:
    yield "| field | type | meaning |"
    yield "|---|---|---|"
    for item in msgspec.structs.fields(Envelope):
        yield f"| `{item.encode_name}` | {_type_name(item.type)} | {ENVELOPE_MEANINGS[item.encode_name]} |"


def _link(kind: Payload | None) -> str:
    return "–" if kind is None else f"[{kind.__name__}](#{kind.__name__.lower()})"


def _payload_sections() -> Iterator[str]:
    """Yield a section for each payload, and after it those of the structs that it holds."""
    payloads = [kind for message in MESSAGES for kind in (message.data, message.answer) if kind is not None]
    for kind in with_all_within(payloads):
        yield from _struct_section(kind)


def _struct_section(kind: Payload) -> Iterator[str]:
    yield f"### {kind.__name__}"
    yield ""
    yield _markdown(inspect.getdoc(kind) or "")
    yield ""
    if msgspec.structs.fields(kind):
        yield from _field_rows(kind)
        yield ""


def _field_rows(kind: Payload) -> Iterator[str]:
    meanings = read_field_texts(kind)
    yield "| field | type | default | meaning |"
    yield "|---|---|---|---|"
    for item in msgspec.structs.fields(kind):
        cells = (f"`{item.encode_name}`", _type_name(item.type), _default(item), meanings.get(item.name, ""))
        yield f"| {' | '.join(cells)} |"


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
    if origin is msgspec.Raw:  # annotated with the form of what is in it
        return str(hint.__metadata__[0].extra_json_schema["type"])
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
