"""Who gets in at an agent's ports where a token is demanded: by the handshake's header, or by hello."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from askwire_protocol.client import open_link
from askwire_protocol.errors import ConnectionFailed
from askwire_protocol.http_client import open_http_link

TOKEN = "s3cret"


@pytest.fixture
def secured(tmp_path: Path) -> dict[str, Any]:
    """Settings that demand a token."""
    (tmp_path / "token").write_text(TOKEN + "\n")
    return {"auth": "required", "token_file": str(tmp_path / "token")}


def _rotate(secured: dict[str, Any]) -> None:
    Path(secured["token_file"]).write_text("next")


def _remove(secured: dict[str, Any]) -> None:
    Path(secured["token_file"]).unlink()


async def closed(peer: Any) -> int | None:
    """Read until the agent closes; returns the code."""
    async with asyncio.timeout(20):
        await peer.socket.wait_closed()
    code: int | None = peer.socket.close_code
    return code


@pytest.mark.parametrize(
    "header", ["", "s3cret", "Bearer s3cre", "Bearer s3crets", "Bearer ", "Basic s3cret", "Bearer S3CRET"]
)
async def test_a_wrong_header_is_refused_at_the_handshake(serving: Any, secured: Any, header: str) -> None:
    """Where a token is demanded, an Authorization header that is not exactly it is 401."""
    async with serving(**secured) as served:
        with pytest.raises(InvalidStatus) as refused:
            await connect(served.url, proxy=None, additional_headers={"Authorization": header})
        assert refused.value.response.status_code == 401


async def test_two_headers_are_refused(serving: Any, secured: Any) -> None:
    """A handshake with two tokens, one of them right, is 401: nobody should have to choose."""
    async with serving(**secured) as served:
        headers = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", "Bearer other")]
        with pytest.raises(InvalidStatus) as refused:
            await connect(served.url, proxy=None, additional_headers=headers)
        assert refused.value.response.status_code == 401


async def test_the_token_is_read_anew_for_each_connection(serving: Any, dial: Any, secured: Any) -> None:
    """A new token counts without a restart; while the file is gone nobody gets in, and who is in stays."""
    async with serving(**secured) as served:
        async with dial(served.url, additional_headers={"Authorization": f"Bearer {TOKEN}"}) as peer:
            assert peer.welcome["data"]["auth"] == "required"
        _rotate(secured)
        async with dial(served.url, additional_headers={"Authorization": "Bearer next"}) as peer:
            _remove(secured)
            with pytest.raises(InvalidStatus) as refused:
                await connect(served.url, proxy=None, additional_headers={"Authorization": "Bearer next"})
            assert refused.value.response.status_code == 401
            assert (await peer.ask("heartbeat"))["type"] == "heartbeat_response"


async def test_a_hello_with_the_token_lets_in(serving: Any, dial: Any, secured: Any) -> None:
    """A client that cannot set headers sends the token in hello, and asks from then on."""
    async with serving(**secured) as served, dial(served.url) as peer:
        assert peer.welcome["data"]["limits"]["hello_timeout_ms"] == 5000
        assert (await peer.ask("hello", "h", data={"token": TOKEN}))["type"] == "hello_response"
        assert (await peer.ask("nlp_query", "q", data={"n": 1}))["type"] == "nlp_query_response"


@pytest.mark.parametrize("type_", ["nlp_query", "health_check", "stats", "describe", "cancel", "credit", "nonsense"])
async def test_before_hello_nothing_else_is_answered(serving: Any, dial: Any, secured: Any, type_: str) -> None:
    """Every message but heartbeat and hello gets the error UNAUTHENTICATED, and nothing is done."""
    async with serving(**secured) as served, dial(served.url) as peer:
        assert (await peer.ask("heartbeat"))["type"] == "heartbeat_response"
        refused = await peer.ask(type_, "m", data={})
        assert (refused["error"]["code"], refused["response_to"]) == ("UNAUTHENTICATED", "m")
        assert (await peer.ask("hello", "h", data={"token": TOKEN}))["type"] == "hello_response"


@pytest.mark.parametrize("data", [{"token": "s3cre"}, {"token": "s3crets"}, {"token": ""}, {}])
async def test_a_hello_without_the_right_token_ends_the_connection(
    serving: Any, dial: Any, secured: Any, data: dict[str, str]
) -> None:
    """The hello is answered UNAUTHENTICATED, then the connection is closed with 4401."""
    async with serving(**secured) as served, dial(served.url) as peer:
        refused = await peer.ask("hello", "h", data=data)
        assert (refused["error"]["code"], refused["response_to"]) == ("UNAUTHENTICATED", "h")
        assert await closed(peer) == 4401


async def test_without_hello_the_connection_ends_in_time(serving: Any, dial: Any, secured: Any) -> None:
    """Heartbeats do not prolong it: an error without response_to, then close code 4408."""
    async with serving(**secured, hello_timeout_s=0.2) as served, dial(served.url) as peer:
        await peer.send("heartbeat", "b")
        assert (await peer.receive())["type"] == "heartbeat_response"
        late = await peer.receive()
        assert (late["error"]["code"], late.get("response_to")) == ("UNAUTHENTICATED", None)
        assert await closed(peer) == 4408


async def test_strangers_may_send_little(serving: Any, dial: Any, secured: Any) -> None:
    """Before hello a message may have 64 KiB at most, whatever the agent reads of others."""
    async with serving(**secured) as served, dial(served.url) as peer:
        refused = await peer.ask("hello", "h", data={"token": "x" * 70_000})
        assert refused["error"]["code"] == "TOO_LARGE"


@pytest.mark.parametrize("query", ["token=s3cret", "access_token=s3cret", "a=1&Token=s3cret"])
async def test_a_token_in_the_address_is_refused(serving: Any, secured: Any, query: str, capsys: Any) -> None:
    """Over both transports it is 400 even where it is the right one, and it stands in no line of the log."""
    async with serving(**secured) as served:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{served.url}/?{query}", proxy=None)
        assert refused.value.response.status_code == 400
        async with aiohttp.ClientSession() as web:
            url = f"{served.http_url}/v1/messages?{query}"
            async with web.post(url, json={"type": "heartbeat"}) as response:
                assert response.status == 400
    assert TOKEN not in "".join(capsys.readouterr())


async def test_links_say_why_they_were_refused(serving: Any, secured: Any) -> None:
    """Our own clients turn each refusal into one clause, and know that trying again soon is of no use."""
    async with serving(**secured) as served:
        with pytest.raises(ConnectionFailed, match="hello was refused: The hello brought no token") as without:
            await open_link(served.url)
        with pytest.raises(ConnectionFailed, match="refused with HTTP 401") as wrong:
            await open_link(served.url, token="other")
        with pytest.raises(ConnectionFailed, match="refused with HTTP 401") as http:
            await open_http_link(served.http_url, token="other")
        assert all(failed.value.lasting for failed in (without, wrong, http))
        link = await open_link(served.url, token=TOKEN)
        await link.close()


async def test_an_http_link_ends_when_its_token_is_not_accepted_any_more(serving: Any, secured: Any) -> None:
    """So a new one is opened, with the token as it is now in the file."""
    async with serving(**secured) as served:
        link = await open_http_link(served.http_url, token=TOKEN)
        _rotate(secured)
        with pytest.raises(TimeoutError):
            await link.heartbeat(timeout_s=10)
        async with asyncio.timeout(10):
            assert await link.wait_closed() == "the token is not accepted any more"
        await link.close()
