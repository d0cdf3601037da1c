"""The board of agents and the state of the connection."""

from __future__ import annotations

from chromium import Browser, Page, open_page
from sample_answers import agent, agent_table, answered
from stub_backend import StubBackend

STATE = "document.getElementById('connection-state').dataset.mode"


async def test_the_board_shows_each_agent(page: Page, backend: StubBackend) -> None:
    """Each replica has its state as a word, and its version, heartbeat, round trip and counters."""
    await page.wait_for("document.querySelectorAll('.agent').length === 3")
    text = await page.text(".agent:nth-child(2)")
    for part in ("data-agent", "responding", "ws://127.0.0.1:8012", "0.1.0", "1.2 s ago", "< 1 ms", "13 min"):
        assert part in text
    assert await page.text("#agents-summary") == "3 of 3 agents responding"
    assert await page.text("#catalog") == "7 tables known"


async def test_a_lost_agent_is_seen_and_announced(page: Page, backend: StubBackend) -> None:
    """The next look shows that an agent is lost, in place, with its last error, and says so."""
    await page.wait_for("document.querySelectorAll('.agent').length === 3")
    await page.evaluate("window.firstTile = document.querySelector('.agent')")
    gone = agent("viz-agent", "viz", 8013, state="lost", last_heartbeat_age_s=None, missed=4, last_error="refused")
    backend.agents = agent_table(agents=[*backend.agents["agents"][:2], gone], ready=False)
    await page.wait_for("document.querySelector('.agent:nth-child(3) .state').textContent === 'lost'")
    text = await page.text(".agent:nth-child(3)")
    assert "none yet" in text
    assert "refused" in text
    assert await page.text("#agents-summary") == "2 of 3 agents responding"
    assert await page.evaluate("document.querySelector('.agent') === window.firstTile")
    assert "does not respond" in await page.text("#status-region")


async def test_a_degraded_agent_says_why(page: Page, backend: StubBackend) -> None:
    """An agent that answers but cannot work is shown as degraded, with the condition that fails."""
    await page.wait_for("document.querySelectorAll('.agent').length === 3")
    sick = agent("data-agent", "data", 8012, status="degraded", problem="database: is away")
    table = backend.agents["agents"]
    backend.agents = agent_table(agents=[table[0], sick, table[2]], ready=False)
    await page.wait_for("document.querySelector('.agent:nth-child(2) .state').textContent === 'degraded'")
    assert "database: is away" in await page.text(".agent:nth-child(2)")


async def test_a_lost_connection_ends_the_question_and_comes_back(page: Page, backend: StubBackend) -> None:
    """A question whose connection breaks ends with that error, and the page connects again by itself."""
    backend.hold.clear()
    await page.ask("orders")
    await page.wait_for("document.querySelector('.step[data-state=running]')")
    await backend.drop_sockets()
    await page.wait_for("document.querySelector('.failure')")
    assert "CONNECTION_LOST" in await page.text(".failure")
    await page.wait_for(f"{STATE} === 'connected'")
    backend.hold.set()
    backend.answer = answered()
    await page.click(".failure button")
    await page.wait_for("document.querySelector('.table-card')")


async def test_heartbeats_are_sent(page: Page, backend: StubBackend) -> None:
    """The page sends heartbeats at the interval of the welcome, with the time as a number."""
    await backend.wait_for("heartbeat")
    beats = [message for message in backend.received if message["type"] == "heartbeat"]
    assert beats
    assert isinstance(beats[0]["timestamp"], float)


async def test_without_websockets_questions_go_over_http(browser: Browser, backend: StubBackend) -> None:
    """Where the backend has no WebSocket, questions and the board work over HTTP, progress included."""
    backend.websockets = False
    backend.answer = answered()
    async with open_page(browser) as page:
        await page.go(backend.url)
        await page.wait_for(f"{STATE} === 'http'")
        await page.ask("orders")
        await page.wait_for("document.querySelector('#chart .bk-Figure')")
        await page.wait_for("document.querySelectorAll('.agent').length === 3")
        assert backend.of_type("POST /v1/ask") == [{"question": "orders"}]
        backend.sql_answer = {"columns": [{"name": "n", "type": "int4"}], "rows": [], "row_count": 0}
        await page.evaluate("document.querySelectorAll('.sql-card button')[1].click()")
        await page.click(".editor-actions .primary")
        await page.wait_for("document.querySelector('.empty')")
        assert backend.of_type("POST /v1/sql") == [{"sql": backend.answer["sql"]}]
