"""The catalog's way from the data agent to every NLP agent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import msgspec
import structlog

from askwire_backend.pool import Pool
from askwire_backend.replica import Replica
from askwire_protocol.errors import RequestFailed
from askwire_protocol.heartbeat import ReplicaState
from askwire_protocol.messages import (
    Catalog,
    CatalogAnswer,
    CatalogPut,
    CatalogPutAnswer,
    CatalogRequest,
    Table,
)

__all__ = ["CatalogSync", "split_catalog"]

_log = structlog.get_logger()
_CHECK_S = 60.0
_RETRY_S = 2.0
_READ_S = 60.0
_PUT_S = 30.0
_MAX_PART_BYTES = 192 * 1024


class CatalogSync:
    """Holds the newest catalog and which NLP process has which version."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.catalog: Catalog | None = None
        self._given: dict[str, str] = {}
        self._changed = asyncio.Event()
        self._reading = asyncio.Lock()
        self._giving: dict[str, asyncio.Lock] = {}
        pool.listen(self._on_change)

    @property
    def version(self) -> str | None:
        """Version of the newest catalog."""
        return self.catalog.version if self.catalog else None

    def _on_change(self, replica: Replica) -> None:
        if replica.state is ReplicaState.RESPONDING and replica.agent_type in ("nlp", "data"):
            self._changed.set()

    async def run(self) -> None:
        """Read the catalog anew each minute and give it to NLP agents that come, until cancelled."""
        while True:
            self._changed.clear()
            complete = await self._refresh_and_give()
            try:
                async with asyncio.timeout(_CHECK_S if complete else _RETRY_S):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _refresh_and_give(self) -> bool:
        try:
            if self._pool.usable("catalog"):
                await self.read()
            if self.catalog is None:
                return False
            for replica in self._pool.usable("catalog_put"):
                await self.give(replica)
        except RequestFailed as failed:
            _log.warning("catalog not in step", code=str(failed.code), problem=failed.message)
            return False
        return True

    async def read(self, *, refresh: bool = False, deadline_s: float = _READ_S) -> Catalog:
        """Ask the data agent for its catalog and keep it.

        Raises:
            RequestFailed: what the data agent answered, or NO_AGENT.
        """
        async with self._reading:
            answer = await self._pool.request(
                "catalog",
                CatalogRequest(if_version_not=self.version, refresh=refresh),
                answer=CatalogAnswer,
                deadline_s=deadline_s,
            )
            if answer.tables is not None:
                self.catalog = Catalog(version=answer.version, tables=answer.tables)
                _log.info("catalog read", version=answer.version, tables=len(answer.tables))
            if self.catalog is None:  # the agent claims that we have what we never got
                raise RequestFailed("INTERNAL", "The data agent sent no catalog.")
            return self.catalog

    async def current(self, *, deadline_s: float) -> Catalog:
        """Return the newest catalog, reading it first where there is none yet."""
        return self.catalog or await self.read(deadline_s=deadline_s)

    def forget_given(self) -> None:
        """Count on no NLP process to have the catalog: one of them said that it has not."""
        self._given.clear()

    async def give(self, replica: Replica) -> None:
        """Give the newest catalog to an NLP process that lacks it."""
        key = replica.endpoint.url + "|" + (replica.welcome.instance_id or "")
        async with self._giving.setdefault(replica.endpoint.url, asyncio.Lock()):
            catalog = self.catalog
            if catalog is None or self._given.get(key) == catalog.version:
                return
            parts = list(split_catalog(catalog))
            for part in parts:
                await replica.request("catalog_put", part, answer=CatalogPutAnswer, deadline_s=_PUT_S)
            self._given = {
                known: version
                for known, version in self._given.items()
                if not known.startswith(replica.endpoint.url + "|")
            }
            self._given[key] = catalog.version
            _log.info("catalog given", url=replica.endpoint.url, version=catalog.version, parts=len(parts))


def split_catalog(catalog: Catalog, max_part_bytes: int = _MAX_PART_BYTES) -> Iterator[CatalogPut]:
    """Cut a catalog into messages of bounded size; a table that is larger alone loses values, never columns."""
    groups: list[list[Table]] = [[]]
    size = 0
    for table in catalog.tables:
        fitting = _fit(table, max_part_bytes)
        bytes_ = len(msgspec.json.encode(fitting))
        if groups[-1] and size + bytes_ > max_part_bytes:
            groups.append([])
            size = 0
        groups[-1].append(fitting)
        size += bytes_
    for index, group in enumerate(groups, 1):
        yield CatalogPut(version=catalog.version, part=index, parts=len(groups), tables=tuple(group))


def _fit(table: Table, max_bytes: int) -> Table:
    while len(msgspec.json.encode(table)) > max_bytes:
        longest = max(len(column.values) for column in table.columns)
        if longest == 0:
            return table
        columns = tuple(
            msgspec.structs.replace(column, values=column.values[: longest // 2], values_complete=False)
            if len(column.values) > longest // 2
            else column
            for column in table.columns
        )
        table = msgspec.structs.replace(table, columns=columns)
    return table
