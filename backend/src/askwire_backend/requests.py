"""What people may ask the backend, over whichever transport: one function for each request type."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from askwire_backend.ask import Asker, Report, query_rows
from askwire_backend.catalog_sync import CatalogSync
from askwire_backend.pool import Pool
from askwire_protocol.codec import decode_data
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import AgentTable, Ask

__all__ = ["PASSED_TYPES", "Requests"]

PASSED_TYPES = ("nlp_query", "sql_query", "generate_chart", "export_chart")
"""Types that go to an agent as they are."""


class Requests:
    """Admits requests up to a limit and answers them."""

    def __init__(self, pool: Pool, catalogs: CatalogSync, asker: Asker, *, max_in_flight: int) -> None:
        self._pool = pool
        self._catalogs = catalogs
        self._asker = asker
        self._max_in_flight = max_in_flight
        self._in_flight = 0
        self.draining = False
        self.on_idle: Callable[[], None] = lambda: None

    @property
    def types(self) -> tuple[str, ...]:
        """The request types that people may send."""
        return ("ask", "agents", *PASSED_TYPES)

    @property
    def in_flight(self) -> int:
        """Requests in work."""
        return self._in_flight

    async def answer(self, type_: str, data: msgspec.Raw, *, deadline_s: float, report: Report) -> object:
        """Answer one request.

        Raises:
            RequestFailed: its error.
        """
        if type_ == "agents":
            return self.agents()
        if self.draining:
            raise RequestFailed(ErrorCode.DRAINING, "The backend is shutting down.", retry_after_ms=1000)
        if self._in_flight >= self._max_in_flight:
            text = f"{self._max_in_flight} requests are in work already."
            raise RequestFailed(ErrorCode.OVERLOADED, text, retry_after_ms=500)
        self._in_flight += 1
        try:
            return await self._work(type_, data, deadline_s, report)
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self.on_idle()

    def _work(self, type_: str, data: msgspec.Raw, deadline_s: float, report: Report) -> Awaitable[object]:
        if type_ == "ask":
            return self._asker.ask(decode_data(data, Ask), deadline_s=deadline_s, report=report)
        if type_ == "sql_query":
            return query_rows(self._pool, data, deadline_s)
        return self._pool.request(type_, data, answer=msgspec.Raw, deadline_s=deadline_s, on_progress=report)

    def agents(self) -> AgentTable:
        """Return the table of agents."""
        catalog = self._catalogs.catalog
        return AgentTable(
            agents=self._pool.table(),
            ready=self._pool.ready,
            catalog_version=catalog.version if catalog else None,
            catalog_tables=len(catalog.tables) if catalog else None,
        )
