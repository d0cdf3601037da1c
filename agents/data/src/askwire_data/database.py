"""Hold the connections to the asked database: bounded, checked, and told of when it is away."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import psycopg
import structlog
from psycopg import AsyncConnection, pq
from psycopg.adapt import AdaptersMap
from psycopg.types.string import TextLoader
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from askwire_data.failures import unreachable
from askwire_protocol.errors import ErrorCode, RequestFailed

__all__ = ["Database", "Link", "TextConnection", "text_adapters"]

_log = structlog.get_logger()
_CONNECT_S = 5
_DOWN_WAIT_S = 0.8
_KEEPALIVE: dict[str, Any] = {"keepalives_idle": 10, "keepalives_interval": 5, "tcp_user_timeout": 20_000}


def text_adapters() -> AdaptersMap:
    """Return adapters that hand every value over as PostgreSQL's own text.

    The driver's loaders would raise on deep JSON and on dates beyond Python's, and would round.
    """
    adapters = AdaptersMap(psycopg.adapters)
    adapters.register_loader(0, TextLoader)
    for info in psycopg.adapters.types:
        for oid in (info.oid, info.array_oid):
            if oid:
                adapters.register_loader(oid, TextLoader)
    return adapters


class Link:
    """Whether the database can be reached, as the last attempt to connect found."""

    def __init__(self, url_file: str | None) -> None:
        self._url_file = url_file
        self.failure: str | None = None
        self.failed = asyncio.Event()
        self.connected_once = False

    def read_url(self) -> str:
        """Return the URL as it stands in the file now.

        Raises:
            OSError, ValueError: with one sentence.
        """
        if self._url_file is None:
            raise ValueError("DATABASE_URL_FILE is not set; it names the file that holds the database's URL")
        try:
            url = Path(self._url_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) else "it is no text"
            raise ValueError(f"the file of the database's URL, {self._url_file}, can't be read: {reason}") from None
        if not url:
            raise ValueError(f"the file of the database's URL, {self._url_file}, is empty")
        return url

    def note_failure(self, reason: str) -> None:
        """Keep why the last attempt failed; a new reason is one line of the log."""
        if reason != self.failure:
            _log.warning("database away", reason=reason)
        self.failure = reason
        self.failed.set()

    def note_success(self) -> None:
        """Forget earlier failures."""
        if self.failure is not None:
            _log.info("database back")
        self.failure = None
        self.connected_once = True
        self.failed.clear()


class TextConnection(AsyncConnection[tuple[str | None, ...]]):
    """A connection that reads its URL when it is made, and tells the link how that went."""

    @classmethod
    async def connect(  # type: ignore[override]  # the driver's keywords pass through as they are
        cls, conninfo: str = "", *, link: Link | None = None, **kwargs: Any
    ) -> Self:
        """Connect; with a ``link``, to what its file says now.

        Raises:
            psycopg.OperationalError: also where the file can't be read.
        """
        if link is None:
            return await super().connect(conninfo, **kwargs)
        try:
            connection = await super().connect(await asyncio.to_thread(link.read_url), **kwargs)
        except ValueError as problem:
            link.note_failure(str(problem))
            raise psycopg.OperationalError(str(problem)) from None
        except psycopg.ProgrammingError:
            # the driver's message would repeat the URL, password and all
            link.note_failure("what stands in the file of the database's URL is no libpq URL")
            raise psycopg.OperationalError("no libpq URL") from None
        except psycopg.Error as problem:
            link.note_failure(_first_line(problem))
            raise
        link.note_success()
        return connection


class Database:
    """A bounded pool; what it lends is IDLE and works."""

    def __init__(self, url_file: str | None, *, max_connections: int) -> None:
        self.link = Link(url_file)
        self._url: str | None = None
        # the pool would log each attempt to a database that is away, and each connection that a stop closed
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
        self._pool: AsyncConnectionPool[TextConnection] = AsyncConnectionPool(
            connection_class=TextConnection,
            kwargs={
                "link": self.link,
                "autocommit": True,
                "prepare_threshold": None,
                "connect_timeout": _CONNECT_S,
                "application_name": "askwire-data",
                "client_encoding": "utf8",
                "context": text_adapters(),
                **_KEEPALIVE,
            },
            min_size=0,
            max_size=max_connections,
            max_waiting=max(32, 4 * max_connections),
            max_idle=300.0,
            # a new attempt starts with the next request, and with the watch of the handler
            reconnect_timeout=1.0,
            check=AsyncConnectionPool.check_connection,
            reset=_reset,
            name="database",
            open=False,
        )

    async def open(self) -> None:
        """Start the pool; nothing is connected until the first loan."""
        await self._pool.open()

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.close(timeout=2.0)

    @contextlib.asynccontextmanager
    async def lend(self, timeout_s: float) -> AsyncIterator[TextConnection]:
        """Lend a connection; one that comes back in any state but IDLE is closed.

        Raises:
            RequestFailed: UPSTREAM when the database is away, OVERLOADED when too many wait, DEADLINE_EXCEEDED.
        """
        connection = await self._get(timeout_s)
        self.link.note_success()
        try:
            yield connection
        finally:
            if connection.pgconn.transaction_status != pq.TransactionStatus.IDLE:
                await connection.close()
            await self._pool.putconn(connection)

    async def renew(self) -> None:
        """Close idle connections when the file names another URL than before; the next ones go there.

        Raises:
            ValueError: with one sentence, when the file can't be read.
        """
        url = await asyncio.to_thread(self.link.read_url)
        if self._url is not None and url != self._url:
            await self._pool.drain()
        self._url = url

    async def _get(self, timeout_s: float) -> TextConnection:
        known_down = self.link.failed.is_set()
        getting = asyncio.create_task(self._pool.getconn(min(timeout_s, _DOWN_WAIT_S) if known_down else timeout_s))
        failing = asyncio.create_task(self.link.failed.wait())
        try:
            await asyncio.wait({getting} if known_down else {getting, failing}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            connection = await _taken_back(getting)
            if connection is not None:
                await self._pool.putconn(connection)
            raise
        finally:
            failing.cancel()
        if not getting.done():
            connection = await _taken_back(getting)
            if connection is None:
                raise _away(self.link.failure)
            return connection
        return self._result_of(getting)

    def _result_of(self, getting: asyncio.Task[TextConnection]) -> TextConnection:
        try:
            return getting.result()
        except TooManyRequests:
            text = "Too many requests wait for a connection to the database."
            raise RequestFailed(ErrorCode.OVERLOADED, text, retry_after_ms=500) from None
        except PoolTimeout:
            if self.link.failure is not None:
                raise _away(self.link.failure) from None
            text = "No connection to the database was free in the request's time."
            raise RequestFailed(ErrorCode.DEADLINE_EXCEEDED, text) from None


async def _taken_back(getting: asyncio.Task[TextConnection]) -> TextConnection | None:
    """End the wait for a connection; it may have come at the last moment."""
    getting.cancel()
    await asyncio.wait({getting})
    if getting.cancelled() or getting.exception() is not None:
        return None
    return getting.result()


def _away(reason: str | None) -> RequestFailed:
    if reason is not None and "too many" in reason:
        return RequestFailed(ErrorCode.OVERLOADED, "The database takes no more connections.", retry_after_ms=1000)
    return unreachable(reason or "no connection")


async def _reset(connection: TextConnection) -> None:
    """Clear what a session may keep, so that no request sees anything of the one before it."""
    await connection.execute("DISCARD ALL")


def _first_line(problem: BaseException) -> str:
    lines = str(problem).strip().splitlines()
    return lines[0] if lines else type(problem).__name__
