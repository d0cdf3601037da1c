"""Holds the chunks of an answer back until their receiver has room for them."""

from __future__ import annotations

import asyncio

from askwire_protocol.incoming import Incoming

__all__ = ["CreditGate"]


class CreditGate:
    """One for each connection; woken when credit comes."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._waiting: dict[str, asyncio.Event] = {}

    async def wait(self, message_id: str) -> None:
        """Wait until a chunk of this request may be sent; the request's own deadline bounds it."""
        while not self._incoming.has_credit(message_id):
            event = self._waiting.setdefault(message_id, asyncio.Event())
            event.clear()
            try:
                await event.wait()
            finally:
                self._waiting.pop(message_id, None)

    def wake(self, message_id: str) -> None:
        """Look again whether there is credit."""
        if (event := self._waiting.get(message_id)) is not None:
            event.set()
