"""Who may ask at the port for people where the mesh's token is demanded."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from askwire_backend.refusals import RefusalLimit, network_of
from askwire_backend.service import BackendService, StartFailed
from askwire_resources.settings import BackendSettings

TOKEN = "s3cret"
RIGHT = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def secured(tmp_path: Path) -> dict[str, Any]:
    """Settings that demand a token."""
    (tmp_path / "token").write_text(TOKEN + "\n")
    return {"auth": "required", "token_file": str(tmp_path / "token")}


def _rotate(secured: dict[str, Any], token: str | None) -> None:
    path = Path(secured["token_file"])
    if token is None:
        path.unlink()
    else:
        path.write_text(token)


async def status_of(mesh: Any, path: str, headers: dict[str, str] | None = None) -> int:
    """Return the status of a GET."""
    async with mesh.session.get(path, headers=headers) as response:
        status: int = response.status
        return status


class Browser:
    """A connection to /ws that speaks JSON."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.welcome: dict[str, Any] = {}

    async def receive(self) -> dict[str, Any]:
        """Read one message."""
        async with asyncio.timeout(20):
            message: dict[str, Any] = json.loads(await self.socket.receive_str())
        return message

    async def ask(self, type_: str, message_id: str, **fields: Any) -> dict[str, Any]:
        """Send one message and read the next that is no progress."""
        await self.socket.send_str(json.dumps({"type": type_, "message_id": message_id, **fields}))
        while (message := await self.receive())["type"] == "progress_update":
            pass
        return message

    async def close_code(self) -> int | None:
        """Read until the backend closes; returns its code."""
        async with asyncio.timeout(20):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code


@contextlib.asynccontextmanager
async def open_browser(mesh: Any, **options: Any) -> AsyncIterator[Browser]:
    """Connect and read the welcome."""
    async with mesh.session.ws_connect("/ws", **options) as socket:
        browser = Browser(socket)
        browser.welcome = (await browser.receive())["data"]
        yield browser


async def guess(mesh: Any) -> int:
    """Say hello with a wrong token; returns the status of the handshake."""
    try:
        async with open_browser(mesh) as browser:
            await browser.ask("hello", "h", data={"token": "guess"})
            assert await browser.close_code() == 4401
    except aiohttp.WSServerHandshakeError as refused:
        return refused.status
    return 101


async def start_all(mesh: Any, secured: dict[str, Any], **settings: Any) -> None:
    """Start one agent of each kind and a backend, all of which demand the token."""
    for kind in ("nlp", "data", "viz"):
        await mesh.start_agent(kind, **secured)
    await mesh.start_backend(**secured, **settings)
    await mesh.ready()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": TOKEN},
        {"Authorization": "Bearer s3cre"},
        {"Authorization": "Bearer s3crets"},
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
        {"Authorization": "Basic s3cret"},
    ],
)
async def test_rest_wants_exactly_the_token(mesh: Any, secured: Any, headers: dict[str, str]) -> None:
    """Anything else is 401 with our error and the name of the scheme, on every route that asks or tells."""
    await mesh.start_backend(**secured)
    for method, path in (("GET", "/v1/agents"), ("POST", "/v1/ask"), ("POST", "/v1/sql"), ("POST", "/v1/export")):
        async with mesh.session.request(method, path, headers=headers, json={}) as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"] == 'Bearer realm="askwire"'
            assert (await response.json())["error"]["code"] == "UNAUTHENTICATED"


async def test_with_the_token_everything_is_answered(mesh: Any, secured: Any) -> None:
    """A question goes all the way, to agents that demand the token too."""
    await start_all(mesh, secured)
    async with mesh.session.post("/v1/ask", json={"question": "how many?"}, headers=RIGHT) as response:
        assert (await response.json())["outcome"] == "answered"


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/chart-library.js", "/no/such", "/%2e%2e/etc/passwd"])
async def test_what_holds_nothing_of_the_database_stays_open(mesh: Any, secured: Any, path: str) -> None:
    """The page and its files need no token, and what is not there is 404 for all."""
    await mesh.start_agent("viz", **secured)
    await mesh.start_backend(**secured)
    await mesh.until(lambda: mesh.backend.pool.usable("chart_library"))
    assert await status_of(mesh, path) == (404 if "such" in path or "etc" in path else 200)


async def test_probes_need_no_token(mesh: Any, secured: Any) -> None:
    """The port for machines stays open."""
    await mesh.start_backend(**secured)
    assert await status_of(mesh, f"http://127.0.0.1:{mesh.backend.metrics_port}/livez") == 200


async def test_the_token_is_read_anew_for_each_request(mesh: Any, secured: Any) -> None:
    """A new token counts without a restart; while the file is gone nobody gets in."""
    await mesh.start_backend(**secured)
    assert await status_of(mesh, "/v1/agents", RIGHT) == 200
    _rotate(secured, "next")
    assert await status_of(mesh, "/v1/agents", RIGHT) == 401
    assert await status_of(mesh, "/v1/agents", {"Authorization": "Bearer next"}) == 200
    _rotate(secured, None)
    assert await status_of(mesh, "/v1/agents", {"Authorization": "Bearer next"}) == 401


async def test_a_link_outlives_a_token_file_that_vanishes(mesh: Any, secured: Any) -> None:
    """An agent that comes back while the file is gone is told why it is not dialled, and is dialled later."""
    await mesh.start_agent("viz", **secured)
    await mesh.start_backend(**secured)
    (replica,) = mesh.backend.pool.replicas
    await mesh.until(lambda: replica.usable)
    port = mesh.agents["viz"].websocket_port
    _rotate(secured, None)
    await mesh.stop_agent("viz")
    await mesh.until(lambda: "token file" in (replica.status().last_error or ""))
    _rotate(secured, "next")
    await mesh.start_agent("viz", port=port, **secured)
    await mesh.until(lambda: replica.usable)


async def test_a_handshake_with_the_header_may_ask_at_once(mesh: Any, secured: Any) -> None:
    """Programs that can set headers need no hello."""
    await start_all(mesh, secured)
    async with open_browser(mesh, headers=RIGHT) as browser:
        assert (await browser.ask("ask", "q", data={"question": "how many?"}))["type"] == "ask_response"


async def test_a_handshake_with_a_wrong_header_is_refused(mesh: Any, secured: Any) -> None:
    """It is 401 before any connection is made."""
    await mesh.start_backend(**secured)
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await mesh.session.ws_connect("/ws", headers={"Authorization": "Bearer other"})
    assert refused.value.status == 401


async def test_a_hello_with_the_token_lets_in(mesh: Any, secured: Any) -> None:
    """The welcome says that a token is demanded and how long it may take; after the hello all is answered."""
    await start_all(mesh, secured)
    async with open_browser(mesh) as browser:
        assert (browser.welcome["auth"], browser.welcome["limits"]["hello_timeout_ms"]) == ("required", 5000)
        assert (await browser.ask("hello", "h", data={"token": TOKEN}))["type"] == "hello_response"
        assert (await browser.ask("agents", "a"))["type"] == "agents_response"


async def test_before_hello_only_heartbeats_are_answered(mesh: Any, secured: Any) -> None:
    """Everything else gets UNAUTHENTICATED and nothing is done."""
    await mesh.start_backend(**secured)
    async with open_browser(mesh) as browser:
        assert (await browser.ask("heartbeat", "b"))["type"] == "heartbeat_response"
        for type_ in ("ask", "agents", "sql_query", "stats", "health_check", "describe", "nonsense"):
            refused = await browser.ask(type_, type_, data={})
            assert (refused["error"]["code"], refused["response_to"]) == ("UNAUTHENTICATED", type_)
        assert mesh.script.asked == []


async def test_a_wrong_token_in_hello_ends_the_connection(mesh: Any, secured: Any) -> None:
    """The hello is answered UNAUTHENTICATED, then the connection is closed with 4401."""
    await mesh.start_backend(**secured)
    async with open_browser(mesh) as browser:
        refused = await browser.ask("hello", "h", data={"token": "s3crets"})
        assert (refused["error"]["code"], refused["response_to"]) == ("UNAUTHENTICATED", "h")
        assert await browser.close_code() == 4401


async def test_no_hello_in_time_ends_the_connection(mesh: Any, secured: Any) -> None:
    """An error without response_to, then close code 4408."""
    await mesh.start_backend(**secured, hello_timeout_s=0.1)
    async with open_browser(mesh) as browser:
        late = await browser.receive()
        assert (late["error"]["code"], late.get("response_to")) == ("UNAUTHENTICATED", None)
        assert await browser.close_code() == 4408


@pytest.mark.parametrize("path", ["/ws?token=s3cret", "/v1/agents?access_token=s3cret"])
async def test_a_token_in_the_address_is_refused(mesh: Any, secured: Any, path: str, capsys: Any) -> None:
    """It is 400, although it is the right one, and it stands in no line of the log."""
    await mesh.start_backend(**secured)
    assert await status_of(mesh, path) == 400
    assert await status_of(mesh, path, RIGHT) == 400
    assert TOKEN not in "".join(capsys.readouterr())


async def test_an_address_that_is_refused_again_and_again_has_to_wait(mesh: Any, secured: Any) -> None:
    """After ten refusals it gets 429 and the time to wait, /ws included; the right token passes all the same."""
    await mesh.start_backend(**secured)
    wrong = {"Authorization": "Bearer other"}
    statuses = [await status_of(mesh, "/v1/agents", wrong)]
    while statuses[-1] == 401:
        statuses.append(await status_of(mesh, "/v1/agents", wrong))
    assert len(statuses) > 10
    async with mesh.session.get("/v1/agents", headers=wrong) as response:
        assert response.status == 429
        assert 1 <= int(response.headers["Retry-After"]) <= 5
        assert (await response.json())["error"]["code"] == "OVERLOADED"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await mesh.session.ws_connect("/ws")
    assert refused.value.status == 429
    assert await status_of(mesh, "/v1/agents", RIGHT) == 200
    async with open_browser(mesh, headers=RIGHT) as browser:
        assert (await browser.ask("agents", "a"))["type"] == "agents_response"


async def test_hellos_with_wrong_tokens_count_as_refusals(mesh: Any, secured: Any) -> None:
    """Guessing through hello ends at the handshake, and is counted in the metrics."""
    await mesh.start_backend(**secured)
    guesses = 0
    while (status := await guess(mesh)) == 101:
        guesses += 1
    assert status == 429
    assert guesses >= 10
    async with mesh.session.get(f"http://127.0.0.1:{mesh.backend.metrics_port}/metrics") as response:
        text = await response.text()
    assert f'askwire_backend_refused_total{{reason="credentials missing, wrong or expired"}} {guesses}.0' in text


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"auth": "required"},
            "ASKWIRE_AUTH is required, but ASKWIRE_TOKEN_FILE names no file with the token.",
        ),
        ({"token_file": "/no/such"}, "The token file /no/such cannot be read: No such file or directory."),
        ({"auth": "required", "token_file": "/dev/null"}, "The token file /dev/null is empty."),
        ({"tls_cert_file": "/no/such"}, "TLS_CERT_FILE is set and TLS_KEY_FILE is not; TLS needs both."),
    ],
)
async def test_secrets_that_cannot_be_read_stop_the_start(settings: dict[str, str], sentence: str) -> None:
    """They are one sentence at the start, not an open door."""
    with pytest.raises(StartFailed) as failed:
        BackendService(BackendSettings(**settings))
    assert str(failed.value) == sentence


def test_tries_come_back_with_time() -> None:
    """A bucket is full at first, loses one try with each refusal and gets one back every five seconds."""
    limit = RefusalLimit()
    for _ in range(10):
        assert limit.wait_s("a", 0.0) == 0.0
        limit.refused("a", 0.0)
    assert limit.wait_s("a", 0.0) == pytest.approx(5.0)
    assert limit.wait_s("a", 4.0) == pytest.approx(1.0)
    assert limit.wait_s("a", 5.0) == 0.0
    assert limit.wait_s("b", 0.0) == 0.0
    assert limit.wait_s("a", 1e6) == 0.0


def test_the_table_of_addresses_is_bounded() -> None:
    """Where it is full, the address whose refusal is the oldest is forgotten."""
    limit = RefusalLimit(tries=1, max_addresses=2)
    for address in ("a", "b", "a", "c"):
        limit.refused(address, 0.0)
    assert len(limit) == 2
    assert [limit.wait_s(address, 0.0) > 0 for address in ("a", "b", "c")] == [True, False, True]


@pytest.mark.parametrize(
    ("remote", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:2", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, ""),
    ],
)
def test_neighbours_of_ipv6_count_as_one(remote: str | None, network: str) -> None:
    """A host cannot get new tries by taking another of its addresses."""
    assert network_of(remote) == network
