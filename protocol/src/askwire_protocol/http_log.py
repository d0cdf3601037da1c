"""One line of log for requests that no HTTP client sends, so that strangers cannot flood the log with tracebacks."""

from __future__ import annotations

import logging

from aiohttp.http_exceptions import HttpProcessingError

__all__ = ["http_logger"]

_MAX_SHOWN = 80


class _OneLine(logging.Filter):
    """Turns what the server logs of an unreadable request into one line; defects of ours keep their traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        problem = record.exc_info[1] if record.exc_info else None
        if isinstance(problem, HttpProcessingError):
            record.levelno, record.levelname = logging.INFO, "INFO"
            record.msg, record.args = "unreadable request: %s", (repr(problem.message[:_MAX_SHOWN]),)
            record.exc_info = record.exc_text = None
        return True


def http_logger() -> logging.Logger:
    """Return the logger that HTTP servers get."""
    logger = logging.getLogger("askwire.http")
    if not any(isinstance(one, _OneLine) for one in logger.filters):
        logger.addFilter(_OneLine())
    return logger
