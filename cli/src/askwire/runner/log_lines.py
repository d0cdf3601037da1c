"""Make the last lines of a process's log readable for a person."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from askwire.console import clean_text

__all__ = ["read_last_lines", "to_sentence"]

_TAIL_BYTES = 16 * 1024
_LEFT_OUT = {
    "message",
    "msg",
    "event",
    "level",
    "time",
    "timestamp",
    "logger",
    "traceback",
    "exception",
    "agent",
    "name",
}


def read_last_lines(path: Path, count: int) -> tuple[str, ...]:
    """Return up to ``count`` last lines, JSON ones as their message and fields; nothing where there is no log."""
    try:
        with path.open("rb") as opened:
            opened.seek(0, 2)
            opened.seek(max(0, opened.tell() - _TAIL_BYTES))
            text = opened.read().decode("utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(_last(to_sentence(line) for line in text.splitlines() if line.strip()))[-count:]


def to_sentence(line: str) -> str:
    """Return a JSON log line as ``LEVEL message (field=value, …)``, every other line as it is."""
    try:
        record = msgspec.json.decode(line.encode())
    except msgspec.DecodeError:
        return clean_text(line.rstrip())
    if not isinstance(record, dict):
        return clean_text(line.rstrip())
    message = next((record[name] for name in ("message", "msg", "event") if record.get(name)), "")
    fields = ", ".join(f"{name}={_short(value)}" for name, value in record.items() if name not in _LEFT_OUT)
    level = str(record.get("level", "")).upper()
    return clean_text(" ".join(part for part in (level, str(message), f"({fields})" if fields else "") if part))


def _last(lines: Iterable[str]) -> list[str]:
    kept: list[str] = []
    for line in lines:
        if not kept or kept[-1] != line:
            kept.append(line)
    return kept


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else text[:199] + "…"
