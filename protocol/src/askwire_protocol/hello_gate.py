"""Who may ask on a connection whose handshake carried no token: only those whose hello brings it in time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from askwire_protocol.close_codes import CLOSE_CODES, CloseCode
from askwire_protocol.credentials import TokenReader, token_matches
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.incoming import HelloAsked, Incoming

__all__ = ["HelloGate"]


class HelloGate:
    """Answers hellos of one connection, and ends it where the token is wrong or late."""

    def __init__(
        self,
        incoming: Incoming,
        *,
        read_token: TokenReader,
        timeout_s: float,
        send: Callable[[bytes], Awaitable[None]],
        close: Callable[[CloseCode, str], Awaitable[None]],
        on_refused: Callable[[CloseCode], None],
    ) -> None:
        self._incoming = incoming
        self._read_token = read_token
        self._timeout_s = timeout_s
        self._send = send
        self._close = close
        self._on_refused = on_refused
        self._greeted = asyncio.Event()

    async def watch(self) -> None:
        """End the connection unless its hello was accepted in time; returns at once where none is needed."""
        if self._incoming.authenticated:
            return
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._greeted.wait()
        except TimeoutError:
            text = f"No hello with the token came within {self._timeout_s:g} s."
            late = self._incoming.complain(RequestFailed(ErrorCode.UNAUTHENTICATED, text))
            await self._refuse(late, CloseCode.HELLO_TIMEOUT)

    async def take(self, asked: HelloAsked) -> None:
        """Answer one hello."""
        token = None if self._incoming.authenticated else self._read_token()
        if token is None or token_matches(asked.hello.token, token):
            self._greeted.set()
            await self._send(self._incoming.greeted(asked))
            return
        text = "The token is not the one of this mesh." if asked.hello.token else "The hello brought no token."
        wrong = self._incoming.refuse_hello(asked, RequestFailed(ErrorCode.UNAUTHENTICATED, text))
        await self._refuse(wrong, CloseCode.UNAUTHENTICATED)

    async def _refuse(self, reply: bytes, code: CloseCode) -> None:
        self._on_refused(code)
        await self._send(reply)
        await self._close(code, CLOSE_CODES[code].meaning)
