"""The child side of ``Workers``: runs one function after another until the parent closes the pipe.

Started as ``python -m askwire_agent.worker_process FD``.
"""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from askwire_protocol.errors import RequestFailed

__all__ = ["DONE", "FAILED", "REFUSED", "main"]

DONE, REFUSED, FAILED = "done", "refused", "failed"
"""How a call ended: with a result, with a RequestFailed, or with a defect (its text)."""


def main(descriptor: int) -> None:
    """Serve calls from the pipe with that file descriptor."""
    # Ctrl-C reaches the whole group of a terminal; the parent decides when a worker ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Connection(descriptor) as pipe:
        while True:
            try:
                function, arguments = pipe.recv()
            except (EOFError, OSError):
                return
            except Exception as problem:  # noqa: BLE001 - whatever importing the function's module raises
                traceback.print_exc()
                outcome: tuple[str, Any] = (FAILED, f"the call cannot be read: {problem}")
            else:
                outcome = _run(function, arguments)
            try:
                pipe.send(outcome)
            except Exception as problem:  # noqa: BLE001 - whatever makes a result unpicklable is the caller's to know
                pipe.send((FAILED, f"the result cannot be sent: {problem}"))


def _run(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return DONE, function(*arguments)
    except RequestFailed as refused:
        return REFUSED, refused
    except BaseException as problem:  # noqa: BLE001 - the border of the process: everything is reported to the parent
        traceback.print_exc()
        return FAILED, f"{type(problem).__name__}: {problem}"


if __name__ == "__main__":
    main(int(sys.argv[1]))
