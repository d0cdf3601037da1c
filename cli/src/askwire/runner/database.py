"""The asked database of a local run: the embedded one with the demo shop, or a given one; always by a reader's role.

Everything here blocks; on an event loop it runs in a thread.
"""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
from collections.abc import Callable

import psutil

from askwire.demo.failure import PostgresFailed
from askwire.demo.postgres import PostgresServer
from askwire.demo.reader_role import examine_role, make_reader
from askwire.demo.reader_sql import READER, RolePlan, choose_plan, dangers_of, open_doors_of, sql_to_run_by_hand
from askwire.demo.shop import LoadedShop, load_shop
from askwire.failures import CommandFailed, ExitCode
from askwire.run_record import ProcessMark, mark_of
from askwire.state_folder import StateFolder

__all__ = ["AskedDatabase", "open_embedded", "open_given"]

DATABASE_NAME = "shop"
_PASSWORD_FILE = "reader-password"  # noqa: S105 - the name of a file


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AskedDatabase:
    """A database that can be asked; ``warnings`` last as long as the run, ``server`` is ours to stop."""

    url: str
    description: str
    warnings: tuple[str, ...] = ()
    server: PostgresServer | None = None

    def mark(self) -> ProcessMark | None:
        """Return how to find our server's process; None where there is none."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return mark_of("postgres", self.server.pid) if self.server is not None else None
        return None

    def close(self) -> None:
        """Stop our server; bounded by its own limit."""
        if self.server is not None:
            self.server.stop()


def open_embedded(folder: StateFolder, report: Callable[[str], None]) -> AskedDatabase:
    """Start embedded PostgreSQL with the demo shop in it.

    Raises:
        CommandFailed: with the sentence of what is in the way.
    """
    try:
        server = PostgresServer.start(folder.postgres, progress=report)
    except PostgresFailed as problem:
        raise CommandFailed(str(problem), ExitCode.NOT_STARTED) from problem
    try:
        owner_url = server.create_database(DATABASE_NAME)
        shop = load_shop(owner_url, progress=report)
        made = make_reader(owner_url, password=_keep_password(folder), own_database=True)
    except BaseException as problem:
        server.stop()
        if isinstance(problem, PostgresFailed):
            raise CommandFailed(str(problem), ExitCode.NOT_STARTED) from problem
        raise
    return AskedDatabase(url=made.url, description=_describe(server, shop), server=server)


def open_given(url: str, folder: StateFolder, report: Callable[[str], None], *, accept_owner: bool) -> AskedDatabase:
    """Look at the role of a given URL, and make the reader's role where that is wanted and allowed.

    Raises:
        CommandFailed: no connection, or a role that may write without ``accept_owner``; the details then hold the SQL
            that makes a reader.
    """
    try:
        facts = examine_role(url)
        plan = choose_plan(facts)
        if plan is RolePlan.USE_AS_IT_IS:
            doors = open_doors_of(facts)
            description = f"database {facts.database} as {facts.role}" + ("" if doors else ", which only reads")
            return AskedDatabase(url=url, description=description, warnings=doors)
        if plan is RolePlan.MAKE_READER:
            made = make_reader(url, password=_keep_password(folder))
            for sentence in made.done:
                report(sentence)
            description = f"database {facts.database} as {READER}"
            return AskedDatabase(url=made.url, description=description, warnings=made.warnings)
    except PostgresFailed as problem:
        raise CommandFailed(str(problem), ExitCode.NOT_STARTED) from problem
    danger = f"The role {facts.role} {', '.join(dangers_of(facts))}"
    if not accept_owner:
        raise CommandFailed(
            f"{danger}: let somebody who may create roles run the SQL below and give the reader's URL, "
            "or go on with --accept-owner.",
            ExitCode.NOT_STARTED,
            details=tuple(sql_to_run_by_hand(facts).splitlines()),
        )
    warning = f"{danger}; only the guard and the read-only transaction protect the data (--accept-owner)."
    return AskedDatabase(url=url, description=f"database {facts.database} as {facts.role}", warnings=(warning,))


def _describe(server: PostgresServer, shop: LoadedShop) -> str:
    how = "loaded" if shop.fresh else "already there"
    return f"PostgreSQL on port {server.port} with the demo shop: {shop.rows:,} rows ({how})"


def _keep_password(folder: StateFolder) -> str:
    """Return the reader's password of this state folder, made once: a new one would end others' logins."""
    file = folder.path / _PASSWORD_FILE
    if file.exists():
        return file.read_text(encoding="utf-8").strip()
    password = secrets.token_urlsafe(24)
    folder.write_secret(_PASSWORD_FILE, password)
    return password
