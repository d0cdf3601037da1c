"""Texts from outside stay texts, and nothing leaves the page's own origin."""

from __future__ import annotations

import re
from typing import Any

from chromium import Page
from sample_answers import agent, agent_table, answered, chart_item, input_required, refused, request_error
from stub_backend import StubBackend, page_folder

HOSTILE = (
    '<img src=x onerror="window.hacked=1">',
    "</script><script>window.hacked=1</script>",
    "javascript:window.hacked=1",
    '"><svg onload=window.hacked=1>',
    "<b>x</b>",
    "{{constructor.constructor('window.hacked=1')()}}",
    "a" + "\u0301" * 10_000,
    "\u202egnp.exe",
)
MARKUP = "document.querySelectorAll('main img, main svg, main b, main a, main script, main iframe, main object').length"


def _hostile_answer(text: str) -> dict[str, Any]:
    columns = [{"name": text, "type": text}, {"name": "n", "type": "int4"}]
    explanation = [{"words": text, "meaning": text, "evidence": text}]
    chart = answered()["chart"] | {
        "item": chart_item([text, "other"], [3.0, 4.0], text), "reason": text, "text": text, "alternatives": [text],
    }  # fmt: skip
    return answered(
        question=text, sql=text, explanation=explanation, assumptions=[text], columns=columns,
        rows=[[text, 1], [{"key": text}, 2]], row_count=2, chart=chart, chart_error=text,
    )  # fmt: skip


async def test_hostile_texts_of_an_answer_are_inert(page: Page, backend: StubBackend) -> None:
    """Markup and scripts in any field of an answer are shown as they are and never run."""
    for turn, text in enumerate(HOSTILE):
        backend.answer = _hostile_answer(text)
        await page.ask(f"{turn} what is there")
        await page.wait_for("document.querySelector('.asked') && document.querySelector('#chart .bk-Figure')")
        assert await page.text(".asked") == text
        assert await page.text("tbody tr:not(.spacer) td") == text
        assert await page.text(".column-name") == text
        assert await page.evaluate(MARKUP) == 0
    assert await page.evaluate("window.hacked === undefined")


async def test_hostile_texts_in_a_tooltip_are_inert(page: Page, backend: StubBackend) -> None:
    """A value that Bokeh shows as HTML in its tooltip is escaped there."""
    backend.answer = answered(chart=answered()["chart"] | {"item": chart_item([HOSTILE[0]], [3.0], HOSTILE[1])})
    await page.ask("orders")
    await page.wait_for("document.querySelector('#chart .bk-Figure')")
    box = "document.getElementById('chart').getBoundingClientRect()"
    place = await page.evaluate(f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])({box})")
    shown = (
        "(() => { const seek = (root) => [...root.querySelectorAll('*')].flatMap((e) => e.shadowRoot"
        " ? [e, ...seek(e.shadowRoot)] : [e]); const all = seek(document);"
        " const tip = all.find((e) => e.classList.contains('bk-Tooltip'));"
        " return tip && [seek(tip.shadowRoot).filter((e) => e.localName === 'img').length,"
        " tip.shadowRoot.textContent.includes('onerror')]; })()"
    )
    # The chart takes the pointer once it has been laid out; until then it is moved to and fro.
    for step in range(200):
        await page.call("Input.dispatchMouseEvent", type="mouseMoved", x=place[0] + step % 3, y=place[1])
        if await page.evaluate(f"new Promise((resolve) => requestAnimationFrame(() => resolve({shown})))"):
            break
    assert await page.evaluate(shown) == [0, True]
    assert await page.evaluate("window.hacked === undefined")


async def test_hostile_texts_of_other_outcomes_are_inert(page: Page, backend: StubBackend) -> None:
    """Choices, refusals, errors and the board show hostile texts as texts."""
    evil = HOSTILE[0]
    lost = agent(evil, evil, 1, url=evil, state="lost", last_error=evil, version=evil, transport=evil)
    backend.agents = agent_table(agents=[lost], ready=False)
    choices = [{"id": evil, "label": evil, "sql": evil}]
    for outcome, selector in (
        (input_required() | {"question": evil, "choices": choices, "reason": evil}, ".ask-back"),
        (refused() | {"question": evil, "not_understood": [evil], "reason": evil}, ".refusal"),
        (None, ".failure"),
    ):
        backend.answer = outcome or {}
        backend.error = None if outcome else request_error(evil, evil, details=[{"reason": evil}])
        await page.ask(evil)
        await page.wait_for(f"document.querySelector('{selector}')")
        assert evil in await page.text(selector)
    await page.wait_for("document.querySelector('.agent.lost')")
    assert evil in await page.text(".agent.lost")
    assert await page.evaluate(MARKUP) == 0
    assert await page.evaluate("window.hacked === undefined")


def test_no_file_names_another_origin() -> None:
    """No file of the page has an address of another origin (the name of the SVG namespace is not one)."""
    for path in page_folder().iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.findall(r"\b(?:https?|wss?|ftp)://[\w.-]+|(?:src|href)=\"//|url\(\s*['\"]?//", text), path.name


def test_no_module_builds_markup_or_code_from_texts() -> None:
    """None of the ways in which a text becomes markup or code is used."""
    markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment"
    code = r"\beval\(|new Function"
    for path in page_folder().glob("*.js"):
        assert not re.search(f"{markup}|{code}", path.read_text(encoding="utf-8")), path.name
