"""Find the backend that a command talks to: the one that was named, the running one, or the usual address."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

from rich.text import Text

from askwire.backend_api import BackendApi, open_backend
from askwire.console import choose_glyphs, make_console
from askwire.failures import CommandFailed, ExitCode
from askwire.run_record import RunAgent, RunDatabase, RunRecord, read_record
from askwire.state_folder import StateFolder
from askwire_protocol.errors import ConnectionFailed, RequestFailed

__all__ = ["DEFAULT_URL", "Target", "find_run", "find_target", "open_target"]

DEFAULT_URL = "http://localhost:8000"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A backend's address and what a running ``askwire up`` says of its agents."""

    url: str
    token: str | None = None
    ca_file: str | None = None
    agents: tuple[RunAgent, ...] = ()
    from_run: bool = False
    database: RunDatabase | None = None


def find_run(folder: StateFolder) -> RunRecord | None:
    """Return the record of a run whose process lives."""
    record = read_record(folder.record)
    return record if record is not None and record.process.find() is not None else None


def find_target(url: str | None, token_file: str | None = None, ca_file: str | None = None) -> Target:
    """Return the named backend, or the one of the running ``askwire up``, or the usual address.

    Where ``up`` was killed and its processes live on, they are taken, and a line on standard error says so.

    Raises:
        CommandFailed: the URL is none of a backend, or the token's file cannot be read.
    """
    if url is not None and not _is_web_address(url):
        raise CommandFailed(
            f"The backend's URL “{url}” must begin with http:// or https://, and a host must follow.", ExitCode.USAGE
        )
    record = None if url else _find_living(StateFolder.find())
    file = token_file or (record.token_file if record else None)
    token = _read_token(file) if file else None
    if record is None:
        return Target(url=url or DEFAULT_URL, token=token, ca_file=ca_file)
    ca_file = ca_file or record.ca_file
    return Target(
        url=record.page_url,
        token=token,
        ca_file=ca_file,
        agents=record.agents,
        from_run=True,
        database=record.database,
    )


@contextlib.asynccontextmanager
async def open_target(target: Target) -> AsyncIterator[BackendApi]:
    """Open a session; a backend that cannot be reached or answers with an error becomes CommandFailed."""
    try:
        async with open_backend(target.url, token=target.token, ca_file=target.ca_file) as api:
            yield api
    except ConnectionFailed as problem:
        hint = "" if target.from_run else " `askwire up` starts one, --url names another."
        raise CommandFailed(
            f"Cannot reach the backend at {problem.url}: {problem.reason}.{hint}", ExitCode.UNREACHABLE
        ) from problem
    except RequestFailed as failed:
        raise CommandFailed(f"The backend answered {failed.code}: {failed.message}") from failed


def _is_web_address(url: str) -> bool:
    scheme, _, rest = url.partition("://")
    return scheme.lower() in ("http", "https") and bool(rest.strip("/"))


def _find_living(folder: StateFolder) -> RunRecord | None:
    record = read_record(folder.record)
    if record is None or record.process.find() is not None:
        return record
    orphans = record.orphans()
    if not orphans:
        return None
    names = ", ".join(mark.name for mark in orphans)
    warning = f"`askwire up` was killed and nobody looks after {names}; `askwire down` or `askwire up` cleans up."
    console = make_console(error=True)
    console.print(Text.assemble((choose_glyphs(console.encoding).warning, "yellow"), f" {warning}"), soft_wrap=True)
    return record


def _read_token(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise CommandFailed(f"The token file {file} cannot be read: {problem.strerror}.", ExitCode.USAGE) from problem
