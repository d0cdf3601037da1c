"""Exit codes, and the failures of a command that a person is told in one sentence."""

from __future__ import annotations

import enum

__all__ = ["CommandFailed", "ExitCode"]


class ExitCode(enum.IntEnum):
    """What the exit code of a command means."""

    OK = 0
    FAILED = 1
    """A check failed, a question has no answer, or not every agent responds and is ready."""
    USAGE = 2
    """A wrong option or a mistake in a manifest."""
    UNREACHABLE = 3
    """The backend cannot be reached."""
    NOT_STARTED = 4
    """A port is busy, or the database or a process did not start."""
    UNEXPECTED = 70
    """A defect of the command line itself; its log has the cause."""
    INTERRUPTED = 130


class CommandFailed(Exception):
    """An expected failure: one sentence, more lines where they help, and the exit code."""

    def __init__(self, sentence: str, code: ExitCode = ExitCode.FAILED, *, details: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.details = details
