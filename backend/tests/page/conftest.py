"""Start one Chromium for the tests of the page and a stub backend for each."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

# The modules beside the tests are theirs alone; with importlib mode their folder is not on the path by itself.
sys.path.insert(0, str(Path(__file__).parent))

from chromium import Browser, Page, find_chromium, open_page
from sample_answers import agent_table
from stub_backend import StubBackend

# pytest-asyncio asks for the current loop; where none was ever set, asyncio makes one that nobody closes.
asyncio.set_event_loop(None)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser process for all tests."""
    binary = find_chromium()
    if binary is None:
        pytest.skip("no Chromium is installed, so the page is not tested in a browser")
    running = Browser(binary, tmp_path_factory.mktemp("chromium-profile"))
    yield running
    running.close()


@pytest.fixture
async def backend() -> AsyncIterator[StubBackend]:
    """A stub backend on a free port."""
    async with StubBackend(agent_table()).serve() as served:
        yield served


@pytest.fixture
async def page(browser: Browser, backend: StubBackend) -> AsyncIterator[Page]:
    """A tab that shows the page of the stub backend, and had no problem at the end of the test."""
    async with open_page(browser) as opened:
        await opened.go(backend.url)
        yield opened
        assert opened.problems == []
        foreign = [url for url in opened.requested_urls if not _of_own_origin(url, backend.url)]
        assert foreign == []


def _of_own_origin(url: str, origin: str) -> bool:
    return url.startswith((origin, origin.replace("http:", "ws:"), "data:", f"blob:{origin}", "about:"))
