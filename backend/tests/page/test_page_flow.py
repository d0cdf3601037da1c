"""What a person sees from a question to its end."""

from __future__ import annotations

import pytest
from chromium import Browser, Page, open_page
from sample_answers import answered, chart_item, input_required, refused, request_error
from stub_backend import StubBackend

CHART_DRAWN = "document.querySelector('#chart .bk-Figure')"
STATES = "[...document.querySelectorAll('#timeline .step')].map((step) => step.dataset.state)"


async def test_progress_is_shown_while_the_answer_is_awaited(page: Page, backend: StubBackend) -> None:
    """Each stage that was reported moves the timeline, and the button cancels meanwhile."""
    backend.hold.clear()
    backend.stages = ("nlp", "sql")
    backend.answer = answered()
    await page.ask("orders per month")
    await page.wait_for(f"{STATES}.join() === 'done,running,waiting,waiting'")
    assert await page.text("#ask-button") == "Cancel"
    assert "Querying" in await page.text("#status-region")
    backend.hold.set()
    await page.wait_for(f"{STATES}.join() === 'done,done,done,done'")
    times = await page.evaluate("[...document.querySelectorAll('.step-time')].map((time) => time.textContent)")
    assert times == ["41 ms", "96 ms", "12 rows", "38 ms"]
    assert await page.text("#ask-button") == "Ask"


async def test_an_answer_has_chart_table_sql_and_reading(page: Page, backend: StubBackend) -> None:
    """An answered question shows all of its parts, and the SQL as it was run."""
    backend.answer = answered()
    await page.ask("revenue and number of orders per month in 2025")
    await page.wait_for(CHART_DRAWN)
    assert await page.text(".sql code") == backend.answer["sql"]
    assert await page.evaluate("document.querySelectorAll('tbody tr:not(.spacer)').length") == 12
    assert await page.text("tbody tr:not(.spacer) td.numeric") == "18,240.50"
    assert await page.text("figcaption") == backend.answer["chart"]["reason"]
    marks = await page.evaluate("[...document.querySelectorAll('.asked mark')].map((mark) => mark.textContent)")
    assert marks == ["revenue", "number of orders", "per month", "in 2025"]
    assert "93 % sure" in await page.text(".reading-card")
    assert "Cancelled orders are counted too." in await page.text(".assumptions")
    assert backend.of_type("ask") == [{"question": "revenue and number of orders per month in 2025"}]


async def test_a_question_back_is_answered_with_a_choice(page: Page, backend: StubBackend) -> None:
    """The chosen reading goes back with the same question and the context of the question back."""
    backend.answer = input_required(context={"open": "date"})
    await page.ask("orders by date")
    await page.wait_for("document.querySelectorAll('button.choice').length === 3")
    backend.answer = answered()
    await page.evaluate("document.querySelectorAll('button.choice')[1].click()")
    await page.wait_for(CHART_DRAWN)
    assert backend.of_type("ask")[1] == {
        "question": "orders by date",
        "answers": [{"id": "c1"}],
        "context": {"open": "date"},
    }


async def test_a_refusal_says_why_and_marks_the_words(page: Page, backend: StubBackend) -> None:
    """A refusal shows its reason and, in the question, the words that were not understood."""
    backend.answer = refused()
    await page.ask("weather and mood of our customers")
    await page.wait_for("document.querySelector('.refusal')")
    marks = await page.evaluate("[...document.querySelectorAll('.asked mark.unknown')].map((mark) => mark.textContent)")
    assert marks == ["weather", "mood"]
    assert backend.answer["reason"] in await page.text(".refusal")
    assert not await page.evaluate("Boolean(document.querySelector('.table-card, .chart-card'))")


@pytest.mark.parametrize(
    ("code", "advice", "again"),
    [("NO_AGENT", "board below", True), ("SQL_REJECTED", "read-only", False), ("SOMETHING_NEW", "Ask again", False)],
)
async def test_an_error_says_what_to_do(page: Page, backend: StubBackend, code: str, advice: str, again: bool) -> None:
    """An error shows its sentence, its code and what can be done, and offers another try where that can help."""
    backend.error = request_error(code, "It is not possible now.", retryable=again)
    await page.ask("orders")
    await page.wait_for("document.querySelector('.failure')")
    text = await page.text(".failure")
    assert "It is not possible now." in text
    assert code in text
    assert advice in text
    assert await page.evaluate("Boolean(document.querySelector('.failure button'))") == again
    assert "It is not possible now." in await page.text("#alert-region")


async def test_asking_again_repeats_the_question(page: Page, backend: StubBackend) -> None:
    """The button of an error asks the same question once more."""
    backend.error = request_error("OVERLOADED", "Too much to do.", retryable=True)
    await page.ask("orders")
    await page.wait_for("document.querySelector('.failure button')")
    backend.error, backend.answer = None, answered()
    await page.click(".failure button")
    await page.wait_for(CHART_DRAWN)
    assert [data["question"] for data in backend.of_type("ask")] == ["orders", "orders"]


async def test_escape_cancels_at_the_backend_too(page: Page, backend: StubBackend) -> None:
    """Esc stops waiting and sends a cancel for the request."""
    backend.hold.clear()
    await page.ask("everything")
    await page.wait_for(f"{STATES}.includes('running')")
    await page.press("Escape")
    await page.wait_for("document.getElementById('ask-button').textContent === 'Ask'")
    asked = next(message for message in backend.received if message["type"] == "ask")
    assert await backend.wait_for("cancel") == [{"request_id": asked["message_id"]}]


async def test_the_next_question_continues_until_started_anew(page: Page, backend: StubBackend) -> None:
    """The context of an answer goes with the next question, until the person starts anew."""
    backend.answer = answered(context={"turn": 1})
    for question in ("first", "second", "third"):
        await page.ask(question)
        await page.wait_for(f"document.title.startsWith('{question}') && {CHART_DRAWN}")
        if question == "second":
            await page.click("#start-anew")
    contexts = [data.get("context") for data in backend.of_type("ask")]
    assert contexts == [None, {"turn": 1}, None]


async def test_edited_sql_is_run_and_charted(page: Page, backend: StubBackend) -> None:
    """SQL edited by a person is run as it stands, and a chart is made of its rows."""
    backend.answer = answered()
    await page.ask("orders")
    await page.wait_for(CHART_DRAWN)
    backend.sql_answer = {"columns": [{"name": "n", "type": "int4"}], "rows": [[4711]], "row_count": 1}
    backend.chart_answer = answered()["chart"] | {"chart_type": "number", "item": None, "alternatives": []}
    await page.evaluate(
        "[...document.querySelectorAll('.sql-card button')].find((b) => b.textContent === 'Edit').click()"
    )
    await page.evaluate("document.getElementById('sql-editor').value = 'SELECT 4711 AS n'")
    await page.evaluate(
        "[...document.querySelectorAll('.sql-card button')].find((b) => b.textContent === 'Run SQL').click()"
    )
    await page.wait_for("document.querySelector('.big-number')")
    assert await page.text(".big-number dd") == "4,711"
    assert backend.of_type("sql_query") == [{"sql": "SELECT 4711 AS n"}]


async def test_another_chart_is_drawn_of_the_same_rows(page: Page, backend: StubBackend) -> None:
    """An alternative is asked for with the rows that are here, and becomes the pressed one."""
    backend.answer = answered()
    await page.ask("orders")
    await page.wait_for(CHART_DRAWN)
    backend.chart_answer = answered()["chart"] | {"chart_type": "line", "reason": "A line was wanted."}
    await page.click('.segment[aria-pressed="false"]')
    await page.wait_for("document.querySelector('figcaption').textContent === 'A line was wanted.'")
    await page.wait_for(CHART_DRAWN)
    sent = backend.of_type("POST /v1/chart")[0]
    assert sent["chart_type"] == "line"
    assert len(sent["rows"]) == 12
    assert await page.text('.segment[aria-pressed="true"]') == "line"


async def test_downloads_are_those_that_are_advertised(page: Page, backend: StubBackend) -> None:
    """Only formats of the viz agents are offered, and follow a change of them; one press asks for the file."""
    labels = "[...document.querySelectorAll('.downloads button')].map((button) => button.textContent).join()"
    backend.answer = answered()
    await page.ask("orders")
    await page.wait_for(f"{labels} === 'CSV,PNG,SVG,HTML'")
    await page.call("Page.setDownloadBehavior", behavior="deny")
    await page.click(".downloads button")
    await page.wait_for("document.getElementById('status-region').textContent === 'CSV saved.'")
    sent = backend.of_type("POST /v1/export")[0]
    assert (sent["format"], len(sent["rows"])) == ("csv", 12)
    backend.agents["agents"][2]["formats"] = ["csv", "html"]
    await page.wait_for(f"{labels} === 'CSV,HTML'")


async def test_a_chart_that_failed_leaves_the_rows(page: Page, backend: StubBackend) -> None:
    """Without a chart the reason is shown and the table is still the answer."""
    backend.answer = answered(chart=None, chart_error="The viz agent is not connected.")
    await page.ask("orders")
    await page.wait_for("document.querySelector('.table-card')")
    assert "The viz agent is not connected." in await page.text(".notice")
    assert await page.evaluate(f"{STATES}.at(-1)") == "failed"


async def test_a_link_asks_its_question(browser: Browser, backend: StubBackend) -> None:
    """An address with a question asks it, and a question asked is put into the address."""
    backend.answer = answered()
    async with open_page(browser) as page:
        await page.go(f"{backend.url}#q=orders%20per%20month")
        await page.wait_for(CHART_DRAWN)
        assert backend.of_type("ask")[0]["question"] == "orders per month"
        await page.ask("revenue?")
        await page.wait_for("location.hash === '#q=revenue%3F'")
        await page.evaluate("history.back()")
        await page.wait_for("document.title.startsWith('orders per month')")


async def test_questions_are_remembered(page: Page, backend: StubBackend) -> None:
    """Earlier questions are offered after a reload, come back with the arrow key, and can be cleared."""
    backend.answer = refused()
    await page.ask("first question")
    await page.wait_for("document.querySelector('.refusal')")
    await page.go(backend.url)
    await page.wait_for("document.querySelector('#recent .chip')")
    assert await page.text("#recent .chip") == "first question"
    await page.evaluate("document.getElementById('question').focus()")
    await page.press("ArrowUp")
    assert await page.evaluate("document.getElementById('question').value") == "first question"
    await page.click("#recent .quiet")
    assert await page.evaluate("document.getElementById('recent-part').hidden")


async def test_old_charts_are_taken_down(page: Page, backend: StubBackend) -> None:
    """After many questions Bokeh holds as much as after the first one, and nothing after an answer without a chart."""
    await page.evaluate(
        "window.listeners = 0; for (const [name, by] of [['addEventListener', 1], ['removeEventListener', -1]]) {"
        " const plain = EventTarget.prototype[name]; EventTarget.prototype[name] = function (...all) {"
        " if (this === visualViewport) window.listeners += by; return plain.apply(this, all); }; }"
    )
    counts = "[Bokeh.documents.length, [...Bokeh.index].length, window.listeners, document.body.children.length]"
    held = []
    for turn in range(6):
        backend.answer = answered(question=f"turn {turn}")
        await page.ask(f"turn {turn}")
        await page.wait_for(f"document.querySelector('.asked')?.textContent === 'turn {turn}' && {CHART_DRAWN}")
        held.append(await page.evaluate(counts))
    assert held == [held[0]] * 6
    assert held[0][0] == held[0][2] == 1
    backend.answer = refused()
    await page.ask("nothing")
    await page.wait_for("document.querySelector('.refusal')")
    assert (await page.evaluate(counts))[:3] == [0, 0, 0]
    assert not await page.evaluate("Boolean(document.querySelector('[class^=bk-]'))")


async def test_the_chart_library_is_that_of_the_item(page: Page, backend: StubBackend) -> None:
    """An item of another version makes the page load the library anew, and say so if that does not help."""
    item = chart_item(["a"], [1.0], "one") | {"version": "9.9.9"}
    backend.answer = answered(chart=answered()["chart"] | {"item": item})
    await page.ask("orders")
    await page.wait_for("document.querySelector('.chart-card .note')?.textContent.includes('9.9.9')")
    assert any(url.endswith("/chart-library.js?v=9.9.9") for url in page.requested_urls)
    assert await page.evaluate("Boolean(document.querySelector('tbody tr'))")


async def test_a_zoom_can_be_undone(page: Page, backend: StubBackend) -> None:
    """Dragging in the chart offers a button that brings the first view back."""
    backend.answer = answered()
    await page.ask("orders")
    await page.wait_for(CHART_DRAWN)
    box = "document.getElementById('chart').getBoundingClientRect()"
    x, y = await page.evaluate(f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])({box})")
    shown = "[...Bokeh.index].find((view) => view.model.y_range).model.y_range.end"
    first = await page.wait_for(shown)
    await page.call("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", buttons=1, clickCount=1)
    for step in range(1, 9):
        await page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y + 10 * step, button="left", buttons=1)
    await page.call("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y + 80, button="left", clickCount=1)
    await page.wait_for("document.querySelector('.zoom-reset')")
    assert await page.evaluate(shown) != first
    await page.click(".zoom-reset")
    await page.wait_for(f"{shown} === {first}")


async def test_charts_in_quick_succession_leave_the_last_one(page: Page, backend: StubBackend) -> None:
    """Questions asked before the last chart was drawn end with one chart, that of the last answer."""
    for turn in range(8):
        backend.answer = answered(question=f"turn {turn}")
        await page.ask(f"turn {turn}")
        await page.wait_for(f"document.querySelector('.asked')?.textContent === 'turn {turn}'")
    await page.wait_for(CHART_DRAWN)
    await page.wait_for("Bokeh.documents.length === 1")
    assert await page.evaluate("document.querySelectorAll('#chart > *').length") == 1
