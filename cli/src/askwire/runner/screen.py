"""Show how a start goes: finished steps as lines, the current one as a spinner where there is a terminal."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status
from rich.text import Text

from askwire.console import choose_glyphs, clean_text

__all__ = ["Screen"]


class Screen:
    """Lines of progress on one console; used as a context so that the spinner ends."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._glyphs = choose_glyphs(console.encoding)
        self._status: Status | None = None
        self._started_s = time.monotonic()

    def __enter__(self) -> Self:
        self.start_clock()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.rest()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started_s

    def start_clock(self) -> None:
        """Count the time of the steps that follow from now on."""
        self._started_s = time.monotonic()

    def wait(self, what: str) -> None:
        """Show what is waited for, until the next call; silent where there is no terminal."""
        if not self.console.is_terminal:
            return
        if self._status is None:
            self._status = self.console.status(clean_text(what), spinner="dots")
            self._status.start()
        else:
            self._status.update(clean_text(what))

    def rest(self) -> None:
        """Wait for nothing any more."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def done(self, what: str) -> None:
        """Show a finished step with the time since the start."""
        self._line(self._glyphs.ok, "green", f"{what}", f"  {self.elapsed_s:.1f} s")

    def warn(self, what: str) -> None:
        """Show what went wrong without ending the run, or what is not done."""
        self._line(self._glyphs.warning, "yellow", what)

    def say(self, what: str) -> None:
        """Show a plain line."""
        self.console.print(Text(clean_text(what)))

    def _line(self, glyph: str, style: str, what: str, after: str = "") -> None:
        self.console.print(Text.assemble((glyph, style), " ", clean_text(what), (after, "dim")))
