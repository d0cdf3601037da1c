"""What a person sees where the backend demands the mesh's token."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from chromium import Browser, Page, open_page
from sample_answers import answered
from stub_backend import StubBackend

TOKEN = "s3cret token"
DIALOG = "document.querySelector('dialog.token-dialog[open]')"
CONNECTED = "document.querySelector('#connection-state').dataset.mode === 'connected'"


@pytest.fixture
async def locked(browser: Browser, backend: StubBackend) -> AsyncIterator[Page]:
    """A tab with the page of a backend that wants a token; what the browser logs of refusals is no problem here."""
    backend.token = TOKEN
    backend.answer = answered()
    async with open_page(browser) as opened:
        await opened.go(backend.url)
        yield opened
        assert [text for text in opened.problems if "401" not in text and "/ws" not in text] == []
        assert not [url for url in opened.requested_urls if "s3cret" in url]


async def give(page: Page, token: str) -> None:
    """Write a token into the dialog and send it."""
    await page.wait_for(DIALOG)
    await page.evaluate(f"document.querySelector('#token').value = {token!r}")
    await page.evaluate("document.querySelector('.token-dialog form').requestSubmit()")


async def test_the_token_is_asked_for_and_sent_in_hello(locked: Page, backend: StubBackend) -> None:
    """The page asks once, says hello, and then answers questions; the token is kept in the tab alone."""
    await give(locked, TOKEN)
    await locked.wait_for(CONNECTED)
    assert backend.of_type("hello") == [{"client": "page", "token": TOKEN}]
    assert not await locked.evaluate(f"Boolean({DIALOG})")
    await locked.ask("orders per month")
    await locked.wait_for("document.querySelector('.sql code')")
    kept = await locked.evaluate("[sessionStorage.getItem('askwire.token'), JSON.stringify(localStorage)]")
    assert kept[0] == TOKEN
    assert "s3cret" not in kept[1]


async def test_a_tab_that_has_the_token_is_not_asked_again(locked: Page, backend: StubBackend) -> None:
    """It is sent at the next load and after a broken connection, without a dialog."""
    await give(locked, TOKEN)
    await locked.wait_for(CONNECTED)
    await locked.go(backend.url)
    await locked.wait_for(CONNECTED)
    await backend.drop_sockets()
    await locked.wait_for("document.querySelector('#connection-state').dataset.mode !== 'connected'")
    await locked.wait_for(CONNECTED)
    assert not await locked.evaluate(f"Boolean({DIALOG})")
    assert len(backend.of_type("hello")) == 3


async def test_a_wrong_token_is_asked_for_again(locked: Page, backend: StubBackend) -> None:
    """The dialog comes back and says so; nothing is tried again by itself meanwhile."""
    await give(locked, "guess")
    await locked.wait_for("document.querySelector('#token-refused')")
    assert await locked.text("#token-refused") == "That token was not accepted."
    assert await locked.text("#connection-state") == "Token needed"
    assert len(backend.of_type("hello")) == 1
    await give(locked, TOKEN)
    await locked.wait_for(CONNECTED)


async def test_without_the_token_a_question_asks_for_it(locked: Page, backend: StubBackend) -> None:
    """Who closes the dialog is left alone until the next question, which is then asked."""
    await locked.wait_for(DIALOG)
    await locked.evaluate("document.querySelector('.token-dialog .quiet').click()")
    await locked.wait_for(f"!{DIALOG} && document.querySelector('#agents-problem').textContent")
    assert "wants a token" in await locked.text("#agents-problem")
    await locked.ask("orders per month")
    await give(locked, TOKEN)
    await locked.wait_for("document.querySelector('.sql code')")
    assert backend.of_type("ask") == [{"question": "orders per month"}]


async def test_a_question_in_the_address_waits_for_the_token(browser: Browser, backend: StubBackend) -> None:
    """A shared link is asked once the token was given."""
    backend.token = TOKEN
    backend.answer = answered()
    async with open_page(browser) as opened:
        await opened.go(f"{backend.url}#q=orders")
        await give(opened, TOKEN)
        await opened.wait_for("document.querySelector('.sql code')")
        assert backend.of_type("ask") == [{"question": "orders"}]
        assert opened.problems == []


async def test_over_http_the_token_goes_in_the_header(browser: Browser, backend: StubBackend) -> None:
    """Where WebSockets are switched off, the same dialog serves REST."""
    backend.token, backend.websockets, backend.answer = TOKEN, False, answered()
    async with open_page(browser) as opened:
        await opened.go(backend.url)
        await give(opened, "guess")
        await opened.wait_for("document.querySelector('#token-refused')")
        await give(opened, TOKEN)
        await opened.wait_for("document.querySelector('#connection-state').dataset.mode === 'http'")
        await opened.ask("orders per month")
        await opened.wait_for("document.querySelector('.sql code')")
        assert backend.of_type("POST /v1/ask") == [{"question": "orders per month"}]
