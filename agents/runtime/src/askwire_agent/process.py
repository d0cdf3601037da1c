"""The main function of an agent process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from typing import TypeVar

import structlog

from askwire_agent.agent import Agent
from askwire_agent.service import Service, StartFailed
from askwire_resources.logs import configure_logs
from askwire_resources.settings import AgentSettings, SettingsError, load

__all__ = ["run"]

S = TypeVar("S", bound=AgentSettings)
_EXIT_OK, _EXIT_FAILED, _EXIT_SETTINGS = 0, 1, 2


def run(kind: type[S], build: Callable[[S], Agent]) -> int:
    """Read the settings from the environment, serve until SIGTERM or SIGINT, drain; returns the exit status.

    Mistakes of the person who starts it are one sentence each on standard error, never a traceback.
    """
    try:
        settings = load(kind, os.environ)
    except SettingsError as wrong:
        print(*wrong.problems, sep="\n", file=sys.stderr)  # noqa: T201 - the start's answer to its caller
        return _EXIT_SETTINGS
    configure_logs(settings.log_level, agent=settings.name or kind.__name__.removesuffix("Settings").lower())
    problems: list[str] = []
    try:
        asyncio.run(_serve(build, settings))
    except* StartFailed as failed:
        problems.extend(str(problem) for problem in failed.exceptions)
    for text in problems:
        structlog.get_logger().error("cannot start", problem=text)
        print(text, file=sys.stderr)  # noqa: T201 - the start's answer to its caller
    return _EXIT_FAILED if problems else _EXIT_OK


async def _serve(build: Callable[[S], Agent], settings: S) -> None:
    service = Service(build(settings))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, service.stop.set)
    await service.run()
