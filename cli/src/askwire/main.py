"""The entry of the command ``askwire``; it imports next to nothing, so that Ctrl-C is quiet from the first moment."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Sequence

__all__ = ["main", "run"]

_INTERRUPTED = 130
_COMMAND_LINE = "askwire.command_line"


def main() -> None:
    """Run the process's command line and exit."""
    _load_quietly()
    raise SystemExit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; writes complaints to standard error, never a traceback."""
    code: int = importlib.import_module(_COMMAND_LINE).run(arguments)
    return code


def _load_quietly() -> None:
    """Import what the command line needs; Ctrl-C meanwhile ends the process at once, without a traceback."""
    usual = signal.getsignal(signal.SIGINT)
    if usual is not signal.default_int_handler:  # ignored, as for a job in the background: that stays
        importlib.import_module(_COMMAND_LINE)
        return
    # Nothing has been opened or written yet, so nothing has to be cleaned up. An exception would not do: it can land
    # in a callback of the import system, which prints it and goes on.
    signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    importlib.import_module(_COMMAND_LINE)
    signal.signal(signal.SIGINT, usual)
