"""What the server says of itself in `postmaster.pid`."""

from __future__ import annotations

import dataclasses

__all__ = ["PostmasterFile", "parse_postmaster_file"]


@dataclasses.dataclass(frozen=True, slots=True)
class PostmasterFile:
    """The lines of `postmaster.pid` that matter here; ``port`` is None while the server is still starting."""

    pid: int
    port: int | None
    ready: bool


def parse_postmaster_file(text: str) -> PostmasterFile | None:
    """Return what the file says, or None where it is empty or broken (a start that was cut off)."""
    lines = [line.strip() for line in text.splitlines()]
    if not lines or not lines[0].isdigit():
        return None
    port = int(lines[3]) if len(lines) > 3 and lines[3].isdigit() else None
    return PostmasterFile(int(lines[0]), port, ready=len(lines) > 7 and lines[7] == "ready")
