"""The page can be used without seeing it, without a mouse, on a small screen and without motion."""

from __future__ import annotations

from typing import Any

from chromium import Browser, Page, open_page
from sample_answers import answered, input_required
from stub_backend import StubBackend

CHART_DRAWN = "document.querySelector('#chart .bk-Figure')"


async def _nodes(page: Page) -> list[tuple[str, str]]:
    """Return role and name of every node that assistive technology is told of."""
    await page.call("Accessibility.enable")
    tree = await page.call("Accessibility.getFullAXTree")
    nodes: list[dict[str, Any]] = [node for node in tree["nodes"] if not node["ignored"]]
    return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes]


async def test_the_chart_is_one_picture_with_a_text(page: Page, backend: StubBackend) -> None:
    """The chart is a figure whose picture has role and text, and nothing nameless in it takes the focus."""
    backend.answer = answered()
    await page.ask("revenue per month")
    await page.wait_for(CHART_DRAWN)
    nodes = await _nodes(page)
    assert ("image", backend.answer["chart"]["text"]) in nodes
    assert any(role == "figure" for role, _name in nodes)
    inside = (
        "(() => { const seek = (root) => [...root.querySelectorAll('*')].flatMap((e) => e.shadowRoot"
        " ? [e, ...seek(e.shadowRoot)] : [e]);"
        " return seek(document.getElementById('chart')).filter((e) => e.tabIndex >= 0).length; })()"
    )
    assert await page.evaluate(inside) == 0


async def test_every_control_has_a_name(page: Page, backend: StubBackend) -> None:
    """Buttons, links, boxes, tables, regions and headings all say what they are."""
    backend.answer = answered()
    await page.ask("revenue per month")
    await page.wait_for(CHART_DRAWN)
    nodes = await _nodes(page)
    named = {"button", "link", "textbox", "table", "region", "heading", "image", "group", "columnheader"}
    assert [role for role, name in nodes if role in named and not name.strip() and role != "group"] == []
    assert {"banner", "main", "button", "textbox", "table", "columnheader", "list"} <= {role for role, _name in nodes}
    assert ("textbox", "Question in plain English") in nodes


async def test_the_table_tells_its_size_and_order(page: Page, backend: StubBackend) -> None:
    """The table says how many rows it has, which row is which, and by what it is sorted."""
    backend.answer = answered()
    await page.ask("revenue per month")
    await page.wait_for("document.querySelector('tbody tr')")
    assert await page.evaluate("document.querySelector('table').getAttribute('aria-rowcount')") == "13"
    assert await page.evaluate("document.querySelector('tbody tr:not(.spacer)').getAttribute('aria-rowindex')") == "2"
    await page.evaluate("document.querySelectorAll('th button')[1].click()")
    sorts = await page.evaluate("[...document.querySelectorAll('th')].map((th) => th.getAttribute('aria-sort'))")
    assert sorts == ["none", "ascending", "none"]
    assert await page.text("#status-region") == "Sorted by revenue, ascending."


async def test_outcomes_are_announced(page: Page, backend: StubBackend) -> None:
    """The live region says the answer in words, and how many readings there are to choose from."""
    polite = "document.getElementById('status-region').getAttribute('aria-live')"
    assert await page.evaluate(polite) == "polite"
    assert await page.evaluate("document.getElementById('alert-region').getAttribute('role')") == "alert"
    backend.answer = answered()
    await page.ask("revenue per month")
    await page.wait_for("document.getElementById('status-region').textContent.startsWith('Answer: 12 rows')")
    assert backend.answer["chart"]["text"] in await page.text("#status-region")
    backend.answer = input_required()
    await page.ask("orders by date")
    await page.wait_for("document.getElementById('status-region').textContent.includes('3 ways')")


async def test_the_keyboard_reaches_everything(page: Page, backend: StubBackend) -> None:
    """The link past the header comes before everything else, and a slash comes back to the question."""
    await page.evaluate("document.querySelector('.brand').focus()")
    shift_tab = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9, "modifiers": 8}
    await page.call("Input.dispatchKeyEvent", type="keyDown", **shift_tab)
    assert await page.evaluate("document.activeElement.className") == "skip-link"
    await page.press("/", "/")
    assert await page.evaluate("document.activeElement.id") == "question"
    assert await page.evaluate("document.getElementById('question').value") == ""


async def test_a_small_screen_needs_no_sideways_scrolling(browser: Browser, backend: StubBackend) -> None:
    """At a width of 360 pixels nothing of an answer is wider than the screen."""
    backend.answer = answered()
    async with open_page(browser, 360, 800) as page:
        await page.go(backend.url)
        await page.ask("revenue and number of orders per month in 2025")
        await page.wait_for(CHART_DRAWN)
        await page.wait_for("document.querySelectorAll('.agent').length === 3")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        backend.answer = input_required()
        await page.ask("orders by date")
        await page.wait_for("document.querySelector('.ask-back')")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_dark_mode_and_still_mode_are_kept(browser: Browser, backend: StubBackend) -> None:
    """The system's wish for dark colours reaches page and chart, and its wish for stillness stops the animation."""
    features = [
        {"name": "prefers-color-scheme", "value": "dark"},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    backend.answer = answered()
    backend.hold.clear()
    async with open_page(browser) as page:
        await page.call("Emulation.setEmulatedMedia", features=features)
        await page.go(backend.url)
        await page.ask("revenue per month")
        await page.wait_for("document.querySelector('.step[data-state=running]')")
        mark = "getComputedStyle(document.querySelector('.step[data-state=running] .step-mark'))"
        assert await page.evaluate(f"{mark}.animationName") == "none"
        backend.hold.set()
        await page.wait_for(CHART_DRAWN)
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 20, 29)"
        axis = "[...Bokeh.index][0].model.below[0].major_label_text_color"
        assert await page.evaluate(f"JSON.stringify({axis})") == '"#a0a9bb"'
