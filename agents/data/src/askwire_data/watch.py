"""Keep role and catalog true: look at the database every moment, and read again when there is reason."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

import psycopg
import structlog

from askwire_data.background import run_in_background
from askwire_data.catalog import CatalogReader
from askwire_data.catalog_queries import read_attribute_functions
from askwire_data.database import Database, TextConnection
from askwire_data.failures import failure_of, unreachable
from askwire_data.guard import Relations, relations_of
from askwire_data.role_check import make_role_sql, problems_of, read_role_facts, warnings_of
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import Catalog, Check

__all__ = ["Watch"]

_log = structlog.get_logger()
_REREAD_S = 60.0
_STALE_S = 900.0
"""A catalog that old is not kept true any more, whatever the reason."""
_LOOK_S = 2.0
_DOWN_LOOK_S = 1.0
_LEAST_GAP_S = 2.0
_READ_S = 60.0
_LEND_S = 5.0
_WHERE_THE_SQL_IS = "`askwire check` and the data agent's /readyz show the SQL that makes a role which can only read."

Publish = Callable[[Relations], Awaitable[None]]


class Watch:
    """What is known of the database; ``publish`` gets the relations before the catalog is shown."""

    def __init__(self, database: Database, reader: CatalogReader, publish: Publish, *, accept_owner: bool) -> None:
        self._database = database
        self._reader = reader
        self._publish = publish
        self._accept_owner = accept_owner
        self._wanted = asyncio.Event()
        self._anew = False
        self._turned = asyncio.Condition()
        self._turns = 0
        self._read_at_s: float | None = None
        self._published: Relations | None = None
        self._role_problem = "the role was not looked at yet"
        self._role_refusal = ""
        self._role_warning = ""
        self._problem = "the catalog was not read yet"
        self._failure: RequestFailed | None = None
        self.catalog: Catalog | None = None

    def check_database(self) -> Check:
        """Say whether the database can be reached."""
        failure = self._database.link.failure
        if failure is None and not self._database.link.connected_once:
            failure = "not connected yet"
        return Check(name="database", ok=failure is None, message=failure or "")

    def check_role(self) -> Check:
        """Say whether the role is one that can only read."""
        return Check(name="role", ok=not self._role_problem, message=self._role_problem or self._role_warning)

    def check_catalog(self) -> Check:
        """Say whether there is a catalog, and how old it is."""
        if self.catalog is None:
            return Check(name="catalog", ok=False, message=self._problem)
        age_s = None if self._read_at_s is None else round(time.monotonic() - self._read_at_s, 1)
        fresh = age_s is None or age_s < _STALE_S
        return Check(name="catalog", ok=fresh, message=self._problem, age_s=age_s)

    def require(self) -> Catalog:
        """Return the catalog where requests may be served.

        Raises:
            RequestFailed: UPSTREAM or FAILED_PRECONDITION with the reason.
        """
        if self.catalog is None and self._database.link.failure is not None:
            raise unreachable(self._database.link.failure)
        if self._role_problem:
            raise RequestFailed(ErrorCode.FAILED_PRECONDITION, self._role_refusal or self._role_problem)
        if self.catalog is None:
            raise RequestFailed(ErrorCode.FAILED_PRECONDITION, self._problem)
        return self.catalog

    def want_reading(self, *, certainly: bool = False) -> None:
        """Have the catalog read again soon; unless it ``certainly`` has changed, not where that was done just now."""
        if certainly or self._read_at_s is None or time.monotonic() - self._read_at_s > _LEAST_GAP_S:
            self._wanted.set()

    async def reread(self) -> None:
        """Read the catalog again, and wait until that is done.

        Raises:
            RequestFailed: why it could not be read.
        """
        async with self._turned:
            # the turn that runs now may have begun before the change that the caller knows of
            target = self._turns + 1
            self._anew = True
            self._wanted.set()
            await self._turned.wait_for(lambda: self._turns >= target and not self._wanted.is_set())
        if self._failure is not None:
            raise self._failure

    async def wait_for_first(self) -> None:
        """Wait until the database was looked at once."""
        async with self._turned:
            await self._turned.wait_for(lambda: self._turns > 0)

    async def run(self) -> None:
        """Look and read until cancelled."""
        while True:
            wanted = self._wanted.is_set()
            self._wanted.clear()
            due = self._read_at_s is None or time.monotonic() - self._read_at_s > _REREAD_S
            await (self._turn() if wanted or due else self._look())
            async with self._turned:
                self._turns += 1
                self._turned.notify_all()
            down = self._database.link.failure is not None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_DOWN_LOOK_S if down else _LOOK_S):
                    await self._wanted.wait()

    async def _look(self) -> None:
        try:
            await self._database.renew()
            async with self._database.lend(_LEND_S):
                pass
        except ValueError as problem:
            self._database.link.note_failure(str(problem))
        except (RequestFailed, psycopg.Error):
            # away (the link has the reason), or all connections are in use, which is no failure
            return

    async def _turn(self) -> None:
        try:
            async with asyncio.timeout(_READ_S):
                await self._database.renew()
                async with self._database.lend(_LEND_S) as connection:
                    await self._read(connection)
        except ValueError as problem:
            self._database.link.note_failure(str(problem))
            self._fail(unreachable(str(problem)))
        except RequestFailed as failed:
            self._fail(failed)
        except psycopg.Error as error:
            self._fail(failure_of(error))
            _log.warning("catalog not read", sqlstate=error.sqlstate, problem=str(error).partition("\n")[0])
        except TimeoutError:
            self._fail(RequestFailed(ErrorCode.DEADLINE_EXCEEDED, "reading the catalog took too long"))

    async def _read(self, connection: TextConnection) -> None:
        await self._judge_role(connection)
        if self._role_problem:
            self.catalog, self._failure = None, None
            self._problem = "the catalog is not read with this role"
            return
        functions = await read_attribute_functions(connection)
        anew, self._anew = self._anew, False
        catalog = await self._reader.read(connection, anew=anew)
        relations = await run_in_background(relations_of, catalog, functions)
        if relations != self._published:
            await self._publish(relations)
            self._published = relations
        if self.catalog is None or self.catalog.version != catalog.version:
            _log.info("catalog read", version=catalog.version, tables=len(catalog.tables))
        self.catalog = catalog
        self._problem, self._failure = "", None
        self._read_at_s = time.monotonic()

    async def _judge_role(self, connection: TextConnection) -> None:
        facts = await read_role_facts(connection)
        problems, warnings = problems_of(facts), warnings_of(facts)
        what = f"The database role {facts.role} can do more than read: {', and '.join(problems)}."
        refused = bool(problems) and not self._accept_owner
        accepted = (what,) if problems else ()
        before = self._role_problem, self._role_warning
        self._role_warning = "" if refused else "\n".join(accepted + warnings)
        self._role_refusal = f"{what} Nothing is served with it. {_WHERE_THE_SQL_IS}" if refused else ""
        advice = f"This makes a role that can only read:\n{make_role_sql(facts)}"
        self._role_problem = f"{what} Nothing is served with it. {advice}" if refused else ""
        if before == (self._role_problem, self._role_warning):
            return
        if problems:
            _log.warning("role can do more than read", role=facts.role, problems=problems, served=not refused)
        if warnings and not refused:
            _log.warning("everybody can do more than read", role=facts.role, advice=warnings)

    def _fail(self, failure: RequestFailed) -> None:
        self._failure = failure
        reason = failure.message
        self._problem = f"the catalog could not be read: {reason}" if self.catalog is None else f"kept: {reason}"
