"""The main function of the backend process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import structlog

from askwire_backend.service import BackendService, StartFailed
from askwire_resources.logs import configure_logs
from askwire_resources.settings import BackendSettings, SettingsError, load

__all__ = ["main"]

_EXIT_OK, _EXIT_FAILED, _EXIT_SETTINGS = 0, 1, 2


def main() -> int:
    """Read the settings from the environment, serve until SIGTERM or SIGINT, drain; returns the exit status."""
    try:
        settings = load(BackendSettings, os.environ)
    except SettingsError as wrong:
        print(*wrong.problems, sep="\n", file=sys.stderr)  # noqa: T201 - the start's answer to its caller
        return _EXIT_SETTINGS
    configure_logs(settings.log_level, agent=settings.name or "backend")
    try:
        asyncio.run(_serve(settings))
    except StartFailed as failed:
        structlog.get_logger().error("cannot start", problem=str(failed))
        print(failed, file=sys.stderr)  # noqa: T201 - the start's answer to its caller
        return _EXIT_FAILED
    return _EXIT_OK


async def _serve(settings: BackendSettings) -> None:
    service = BackendService(settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, service.stop.set)
    await service.run()


if __name__ == "__main__":
    raise SystemExit(main())
