"""Bytes to messages and back, with limits on everything that comes in."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from askwire_protocol.envelope import Envelope
from askwire_protocol.errors import ErrorCode, ErrorDetail, MessageError, RequestFailed

__all__ = ["ID_PATTERN", "MAX_DEPTH", "TYPE_PATTERN", "decode", "decode_data", "encode", "encode_data", "valid_id"]

T = TypeVar("T")
MAX_DEPTH = 32
ID_PATTERN = "[A-Za-z0-9_.:+=@-]{1,128}"
TYPE_PATTERN = "[A-Za-z][A-Za-z0-9_.-]{0,63}"

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Envelope)
_OBJECT_DECODER = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ID = re.compile(ID_PATTERN)
_TYPE = re.compile(TYPE_PATTERN)
_MAX_FLAT_FIELDS = 1000
_AS_SQUARE = bytes.maketrans(b"{}", b"[]")
_NOT_MARKS = bytes(byte for byte in range(256) if byte not in b'[]{}"')
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ENVELOPE_FIELDS = frozenset(field.encode_name for field in msgspec.structs.fields(Envelope))


class _Identified(msgspec.Struct):
    message_id: Any = None


_ID_DECODER = msgspec.json.Decoder(_Identified)


def valid_id(message_id: object) -> bool:
    """Tell whether this is an id that may be used and echoed."""
    return isinstance(message_id, str) and _ID.fullmatch(message_id) is not None


def decode(message: bytes | str, *, max_bytes: int | None = None) -> Envelope:
    """Read one message; its ``data`` is checked for form only.

    A request of protocol 1.0 may have its fields beside ``type``; they are moved into ``data`` where that is absent.

    Raises:
        MessageError: INVALID_MESSAGE or TOO_LARGE; with the message's id where that is readable and well formed.
    """
    raw = message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message
    if max_bytes is not None and len(raw) > max_bytes:
        raise MessageError(
            ErrorCode.TOO_LARGE,
            f"The message has {len(raw)} bytes; at most {max_bytes} are accepted.",
            message_id=_readable_id(raw),
        )
    try:
        envelope = _DECODER.decode(raw)
    except _UNREADABLE as problem:
        raise _not_an_envelope(raw, problem) from None
    _check_envelope(envelope)
    if bytes(envelope.data) == b"" and envelope.error is None and envelope.response_to is None:
        return _with_flat_data(envelope, raw)
    return envelope


def _check_envelope(envelope: Envelope) -> None:
    if envelope.message_id is not None and not valid_id(envelope.message_id):
        raise MessageError(
            ErrorCode.INVALID_MESSAGE,
            "message_id has to be 1 to 128 characters of A-Z a-z 0-9 _ . : + = @ -.",
        )
    if _TYPE.fullmatch(envelope.type) is None:
        raise MessageError(
            ErrorCode.INVALID_MESSAGE,
            "type has to be a name of up to 64 letters, digits, '_', '.' and '-'.",
            message_id=envelope.message_id,
        )


def _with_flat_data(envelope: Envelope, raw: bytes) -> Envelope:
    try:
        fields = _OBJECT_DECODER.decode(raw)
    except _UNREADABLE as problem:  # names that are not UTF-8 come to light only here
        raise _not_an_envelope(raw, problem) from None
    if len(fields) > _MAX_FLAT_FIELDS:
        text = f"The message has {len(fields)} fields; at most {_MAX_FLAT_FIELDS} are accepted."
        raise MessageError(ErrorCode.INVALID_MESSAGE, text, message_id=envelope.message_id)
    extra = {name: value for name, value in fields.items() if name not in _ENVELOPE_FIELDS}
    if not extra:
        return envelope
    return msgspec.structs.replace(envelope, data=msgspec.Raw(_ENCODER.encode(extra)))


def _not_an_envelope(raw: bytes, problem: Exception) -> MessageError:
    text = f"The message is not a valid envelope: {_explain(problem)}."
    return MessageError(ErrorCode.INVALID_MESSAGE, text, message_id=_readable_id(raw))


def _readable_id(raw: bytes) -> str | None:
    try:
        found = _ID_DECODER.decode(raw).message_id
    except _UNREADABLE:
        return None
    return found if valid_id(found) else None


def _explain(problem: Exception) -> str:
    if isinstance(problem, RecursionError):
        return "it is nested too deeply"
    if isinstance(problem, UnicodeDecodeError):
        return "it is not UTF-8"
    return str(problem).replace("`", "'")[:200]


def encode(envelope: Envelope) -> bytes:
    """Write one message as UTF-8 JSON."""
    return _ENCODER.encode(envelope)


def encode_data(data: object) -> msgspec.Raw:
    """Encode a payload once, to be put into an envelope; ``Raw`` is passed through."""
    if isinstance(data, msgspec.Raw):
        return data
    return msgspec.Raw(_ENCODER.encode(data))


def decode_data(data: msgspec.Raw, kind: type[T], *, hostile: bool = True) -> T:
    """Read a payload as ``kind``; absent data counts as an empty object, and ``Raw`` stays as it is.

    ``hostile`` payloads (all that we are asked) are scanned for depth and NUL first, which takes time in proportion to
    their size; answers of our own agents are not.

    Raises:
        RequestFailed: INVALID_ARGUMENT with the path of the wrong field, or INVALID_MESSAGE for bad form.
    """
    if kind is msgspec.Raw:
        return data  # type: ignore[return-value]  # the kind asked for
    raw = bytes(data) or b"{}"
    if hostile:
        _check_content(raw)
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as problem:
        path, reason = _split_path(str(problem))
        raise RequestFailed(
            ErrorCode.INVALID_ARGUMENT, f"{path}: {reason}.", details=(ErrorDetail(field=path, reason=reason),)
        ) from None
    except _UNREADABLE as problem:
        raise RequestFailed(ErrorCode.INVALID_MESSAGE, f"The data cannot be read: {_explain(problem)}.") from None


def _check_content(raw: bytes) -> None:
    unescaped = raw.replace(rb"\\", b"") if b"\\" in raw else raw
    if rb"\u0000" in unescaped:
        raise RequestFailed(ErrorCode.INVALID_MESSAGE, "The message holds a NUL character.")
    if _too_deep(unescaped):
        raise RequestFailed(ErrorCode.INVALID_MESSAGE, f"The data is nested more than {MAX_DEPTH} levels deep.")


def _too_deep(unescaped: bytes) -> bool:
    """Tell whether JSON in which no backslash is escaped nests too deeply, in steps over the whole (it may be long)."""
    marks = unescaped.replace(rb"\"", b"").translate(_AS_SQUARE, _NOT_MARKS)
    marks = marks.replace(b'""', b"")
    if b'"' in marks:  # strings that hold brackets
        marks = b"".join(marks.split(b'"')[::2])
    for _ in range(MAX_DEPTH):
        if not marks:
            return False
        marks = marks.replace(b"[]", b"")  # the innermost level goes
    return bool(marks)


def _split_path(text: str) -> tuple[str, str]:
    reason, _, path = text.partition(" - at `$")
    return "data" + path.rstrip("`"), reason.replace("`", "'")
