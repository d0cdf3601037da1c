"""Answer ``sql_query`` and ``catalog``: the data agent as the runtime sees it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time

import msgspec
import structlog

from askwire_agent import Agent, Request
from askwire_agent.workers import WorkerFailed
from askwire_data.background import run_in_background
from askwire_data.catalog import CatalogReader
from askwire_data.column_types import ColumnTypes
from askwire_data.database import Database, TextConnection
from askwire_data.execute import EncodedAnswer, Limits, execute
from askwire_data.guard import GuardedStatement, Relations
from askwire_data.guard.worker import check, install
from askwire_data.hints import (
    is_about_schema,
    missing_column,
    tables_with,
    with_changed_schema,
    with_near_columns,
)
from askwire_data.presence import is_column_gone
from askwire_data.query import Query, read_query
from askwire_data.row_stream import RowStream
from askwire_data.watch import Watch
from askwire_protocol.codec import encode_data
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import Catalog, CatalogAnswer, CatalogRequest, SqlQuery
from askwire_resources.settings import DataSettings

__all__ = ["DataService", "build"]

_log = structlog.get_logger()
_GUARD_S = 5.0
_MARGIN_S = 0.1
"""Kept back from the deadline, so that our own error is the answer, not the runtime's."""


def build(settings: DataSettings) -> Agent:
    """Return the data agent for these settings."""
    agent = Agent("data-agent", "data", settings)
    service = DataService(agent, settings)
    agent.handle(
        "sql_query", service.sql_query, request=SqlQuery, answer="sql_query_response", idempotent=True, streams=True
    )
    agent.handle("catalog", service.catalog, request=CatalogRequest, idempotent=True)
    agent.check("database", service.watch.check_database)
    agent.check("role", service.watch.check_role)
    agent.check("catalog", service.watch.check_catalog)
    agent.on_start(service.start)
    agent.on_stop(service.stop)
    return agent


class DataService:
    """Guard, database and catalog of one process."""

    def __init__(self, agent: Agent, settings: DataSettings) -> None:
        self._agent = agent
        self._settings = settings
        self._database = Database(settings.database_url_file, max_connections=settings.database_connections)
        self._types = ColumnTypes()
        schemas = tuple(name.strip() for name in settings.schemas.split(",") if name.strip())
        self.watch = Watch(self._database, CatalogReader(schemas), self._publish, accept_owner=settings.accept_owner)
        self._watching: asyncio.Task[None] | None = None
        self._encoded: tuple[str, msgspec.Raw] | None = None

    async def start(self) -> None:
        """Start to watch the database; whether it can be reached is a matter of readiness, not of the start."""
        await self._database.open()
        self._watching = asyncio.create_task(self.watch.run(), name="database watch")
        self._watching.add_done_callback(_log_end)

    async def stop(self) -> None:
        """Stop to watch, and close all connections."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})
        await self._database.close()

    async def sql_query(self, request: Request[SqlQuery]) -> msgspec.Raw:
        """Check, run and answer one statement; cancelling it cancels the query in PostgreSQL."""
        started_s = time.monotonic()
        query = read_query(request.data, row_limit=self._settings.row_limit)
        audit = _Audit(request, query.sql)
        with audit:
            if self.watch.catalog is None:
                await self._first_look(request.remaining_s())
            catalog = self.watch.require()
            try:
                statement = await self._guard(query, request.remaining_s())
                audit.tables = statement.tables
                answer = await self._execute(query, statement, catalog, request)
            except RequestFailed as failed:
                if is_about_schema(failed):
                    self.watch.want_reading()
                raise
            answer = msgspec.structs.replace(answer, elapsed_ms=round((time.monotonic() - started_s) * 1000, 3))
            encoded = encode_data(answer)
            audit.rows, audit.bytes = answer.row_count, memoryview(encoded).nbytes
            return encoded

    async def catalog(self, request: Request[CatalogRequest]) -> msgspec.Raw | CatalogAnswer:
        """Answer with the catalog, or with its version alone when the requester has it."""
        async with asyncio.timeout(request.remaining_s()):
            if request.data.refresh:
                await self.watch.reread()
            elif self.watch.catalog is None:
                await self.watch.wait_for_first()
        catalog = self.watch.require()
        if request.data.if_version_not == catalog.version:
            return CatalogAnswer(version=catalog.version)
        if self._encoded is None or self._encoded[0] != catalog.version:
            answer = CatalogAnswer(version=catalog.version, tables=catalog.tables)
            self._encoded = (catalog.version, await run_in_background(encode_data, answer))
        return self._encoded[1]

    async def _first_look(self, timeout_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s / 2):
                await self.watch.wait_for_first()

    async def _publish(self, relations: Relations) -> None:
        self._types.clear()
        try:
            await self._agent.workers.remember("relations", install, relations)
        except WorkerFailed as failed:
            raise RequestFailed(ErrorCode.INTERNAL, f"the guard's process failed: {failed}") from failed

    async def _guard(self, query: Query, remaining_s: float) -> GuardedStatement:
        timeout_s = min(remaining_s, _GUARD_S)
        return await self._agent.workers.run(check, query.sql, len(query.parameters), timeout_s=timeout_s)

    async def _execute(
        self, query: Query, statement: GuardedStatement, catalog: Catalog, request: Request[SqlQuery]
    ) -> EncodedAnswer:
        remaining_s = request.remaining_s() - _MARGIN_S
        if remaining_s <= 0:
            raise RequestFailed(ErrorCode.DEADLINE_EXCEEDED, "The request's time was over before the query began.")
        async with self._database.lend(remaining_s) as connection:
            limits = Limits(
                max_rows=query.max_rows,
                max_bytes=self._settings.byte_limit,
                timeout_s=max(0.01, min(request.remaining_s() - _MARGIN_S, self._settings.statement_timeout_s)),
            )
            try:
                stream = RowStream(request.chunk) if request.takes_chunks else None
                return await execute(connection, statement, query.parameters, limits, self._types, stream)
            except RequestFailed as failed:
                explained = await self._explain(failed, statement.tables, catalog, connection, request.remaining_s())
                raise explained from failed.__cause__

    async def _explain(
        self,
        failed: RequestFailed,
        tables: tuple[str, ...],
        catalog: Catalog,
        connection: TextConnection,
        remaining_s: float,
    ) -> RequestFailed:
        missing = missing_column(failed)
        if missing is None:
            return failed
        having = tables_with(missing, tables, catalog)
        # the catalog having it proves nothing: it may be a column of a table that is not in sight at that place
        if having and await is_column_gone(connection, having, missing, timeout_s=remaining_s - _MARGIN_S):
            self.watch.want_reading(certainly=True)
            return with_changed_schema(failed)
        return with_near_columns(failed, missing, tables, catalog)


class _Audit:
    """Writes one line for each request, however it ends."""

    def __init__(self, request: Request[SqlQuery], sql: str) -> None:
        self._request = request
        self._started_s = time.monotonic()
        # a lone surrogate can't be encoded, and is refused later; it still needs its line
        self._text_hash = hashlib.sha256(sql.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        self.tables: tuple[str, ...] = ()
        self.rows = 0
        self.bytes = 0

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: object) -> None:
        if problem is None:
            verdict = "answered"
        elif isinstance(problem, RequestFailed):
            verdict = str(problem.code)
        else:
            verdict = "cancelled" if isinstance(problem, asyncio.CancelledError) else "failed"
        _log.info(
            "sql query",
            message_id=self._request.message_id,
            client_id=self._request.client_id,
            text_hash=self._text_hash,
            tables=self.tables,
            rows=self.rows,
            bytes=self.bytes,
            ms=round((time.monotonic() - self._started_s) * 1000, 1),
            verdict=verdict,
        )


def _log_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.error("the database is not watched any more", exc_info=task.exception())
