"""Bound work on a connection: at the deadline, and when its caller leaves, the query ends in PostgreSQL too."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Coroutine
from typing import Any, TypeVar

import psycopg
from psycopg import AsyncConnection, pq

from askwire_protocol.errors import ErrorCode, RequestFailed

__all__ = ["run_bounded"]

T = TypeVar("T")
_CANCEL_S = 0.5
_END_S = 0.5


async def run_bounded(connection: AsyncConnection[Any], work: Coroutine[Any, Any, T], timeout_s: float) -> T:
    """Run ``work``, the only user of the connection, for at most ``timeout_s`` seconds.

    Cancelling it cancels the query in the server. After a stop of either kind the connection is closed: a cancel that
    comes late must not hit the next request's query. A stop takes at most about a second longer.

    Raises:
        RequestFailed: DEADLINE_EXCEEDED.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=timeout_s)
        if done:
            return task.result()
        raise RequestFailed(ErrorCode.DEADLINE_EXCEEDED, "The query took longer than its time and was stopped.")
    finally:
        if not task.done():
            await _finish(connection, task)


async def _finish(connection: AsyncConnection[Any], task: asyncio.Future[Any]) -> None:
    stopping = asyncio.ensure_future(_stop(connection, task))
    try:
        await asyncio.shield(stopping)
    except asyncio.CancelledError:
        # a second cancel does not shorten the stop: a query left running would be worse than a late answer
        await asyncio.wait({stopping})
        raise


async def _stop(connection: AsyncConnection[Any], task: asyncio.Future[Any]) -> None:
    if connection.pgconn.transaction_status != pq.TransactionStatus.ACTIVE:
        task.cancel()  # nothing runs in the server: the work waits for its receiver
    with contextlib.suppress(psycopg.Error, OSError):
        await connection.cancel_safe(timeout=_CANCEL_S)
    await asyncio.wait({task}, timeout=_END_S)
    if not task.done():
        # some loops of the server look at no cancel; the driver then gets an end of file, and gives up by itself
        _shut_socket(connection)
        await asyncio.wait({task}, timeout=_END_S)
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # read: the query failed because it was stopped
    await connection.close()


def _shut_socket(connection: AsyncConnection[Any]) -> None:
    # a duplicate, because the driver owns the descriptor and closes it in its own time
    with (
        contextlib.suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(connection.pgconn.socket)) as duplicate,
    ):
        duplicate.shutdown(socket.SHUT_RDWR)
