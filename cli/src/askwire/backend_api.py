"""Ask the backend's REST API."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import aiohttp
import msgspec

from askwire_protocol.errors import ConnectionFailed, ErrorBody, RequestFailed
from askwire_protocol.messages import AgentTable, Ask, AskAnswer, ExportRequest, Progress
from askwire_protocol.tls import TlsTrust, TlsUnusable, explain_tls

__all__ = ["BackendApi", "open_backend"]

T = TypeVar("T")
_CONNECT_S = 5.0
_SHORT_S = 10.0
_ASK_S = 90.0
_NO_TLS_THERE = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")
_LINE_BYTES = 64 * 1024 * 1024


class _Failure(msgspec.Struct):
    error: ErrorBody


class _Line(msgspec.Struct):
    type: str
    data: msgspec.Raw = msgspec.Raw(b"null")
    error: ErrorBody | None = None


class BackendApi:
    """One session with a backend; made by ``open_backend``.

    Every call raises ConnectionFailed where there is no backend at the address, and RequestFailed where it answers
    with an error.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self.url = url

    async def agents(self, *, timeout_s: float = _SHORT_S) -> AgentTable:
        """Return the table of agents."""
        async with self._open("GET", "/v1/agents", timeout_s) as response:
            return self._decode(await response.read(), AgentTable)

    async def ask(self, ask: Ask, on_progress: Callable[[Progress], None] | None = None) -> AskAnswer:
        """Ask one question and wait for its outcome."""
        headers = {"Content-Type": "application/json", "Accept": "application/x-ndjson"}
        async with self._open("POST", "/v1/ask", _ASK_S, data=msgspec.json.encode(ask), headers=headers) as response:
            async for text in response.content:
                if not text.strip():
                    continue
                line = self._decode(text, _Line)
                if line.error is not None:
                    raise RequestFailed.of(line.error)
                if line.type == "progress_update" and on_progress is not None:
                    on_progress(self._decode(bytes(line.data), Progress))
                elif line.type == "ask_response":
                    return self._decode(bytes(line.data), AskAnswer)
        raise ConnectionFailed(self.url, "the backend ended its answer before the outcome came")

    async def export(self, request: ExportRequest) -> bytes:
        """Return the file that a chart or rows are exported to."""
        headers = {"Content-Type": "application/json"}
        data = msgspec.json.encode(request)
        async with self._open("POST", "/v1/export", _ASK_S, data=data, headers=headers) as response:
            return await response.read()

    @contextlib.asynccontextmanager
    async def _open(
        self, method: str, path: str, timeout_s: float, **more: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        timeout = aiohttp.ClientTimeout(total=timeout_s, connect=_CONNECT_S)
        try:
            more = {"timeout": timeout, "allow_redirects": False, **more}
            async with self._session.request(method, self.url + path, **more) as response:
                if response.status >= 300:
                    await self._fail(response)
                yield response
        except TimeoutError as late:
            raise ConnectionFailed(self.url, f"no answer within {timeout_s:g} s") from late
        except (aiohttp.ClientError, ValueError) as problem:
            raise ConnectionFailed(self.url, _explain(problem)) from problem

    async def _fail(self, response: aiohttp.ClientResponse) -> None:
        try:
            failure = msgspec.json.decode(await response.read(), type=_Failure)
        except msgspec.DecodeError:
            raise ConnectionFailed(self.url, f"HTTP {response.status}, so it is not Askwire's backend") from None
        raise RequestFailed.of(failure.error)

    def _decode(self, text: bytes, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(text, type=kind)
        except msgspec.DecodeError as problem:
            raise ConnectionFailed(self.url, f"the answer is not one of Askwire's backend ({problem})") from problem


def _explain(problem: aiohttp.ClientError | ValueError) -> str:
    if any(name in str(problem) for name in _NO_TLS_THERE):
        return "the backend does not speak TLS there; try http://"
    if (clause := explain_tls(problem.__cause__)) is not None:
        return clause
    if not isinstance(problem, aiohttp.ClientConnectorError):
        return str(problem) or type(problem).__name__
    if isinstance(problem.os_error, ConnectionRefusedError) or "Connect call failed" in str(problem):
        return "nothing listens there (connection refused)"
    return problem.os_error.strerror or str(problem)


@contextlib.asynccontextmanager
async def open_backend(url: str, *, token: str | None = None, ca_file: str | None = None) -> AsyncIterator[BackendApi]:
    """Open a session with the backend at ``url`` (as in ``http://localhost:8000``) for a block.

    ``ca_file`` has the authorities that vouch for an ``https://`` one (default: the system's); ConnectionFailed is
    raised where it cannot be used.
    """
    try:
        tls = TlsTrust(ca_file).context_for(url)
    except TlsUnusable as wrong:
        raise ConnectionFailed(url, str(wrong).rstrip(".")) from wrong
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    # No proxy from the environment: it would be asked for localhost too.
    async with aiohttp.ClientSession(
        headers=headers,
        trust_env=False,
        read_bufsize=_LINE_BYTES,
        connector=aiohttp.TCPConnector(ssl=tls if tls is not None else True),
    ) as session:
        yield BackendApi(session, url.rstrip("/"))
