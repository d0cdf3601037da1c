"""What the suite decides without an agent: verdicts, what rests on what, reports, the requests that it chooses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from xml.etree import ElementTree

import pytest

from askwire_protocol.conformance import (
    CASES,
    CHAPTERS,
    Level,
    Result,
    Sample,
    Samples,
    Target,
    Timing,
    check_conformance,
    render_json,
    render_junit,
)
from askwire_protocol.conformance.exchange import sort_messages
from askwire_protocol.conformance.probe import Probe
from askwire_protocol.conformance.received import Received
from askwire_protocol.conformance.reference import NOT_OBSERVED, render_page
from askwire_protocol.conformance.rule import Case, NotObservable, Violated
from askwire_protocol.conformance.samples import choose_agent_type, choose_samples

NOWHERE = Target(url="ws://127.0.0.1:1")


async def keep(_: Probe) -> None:
    """Find nothing wrong."""


async def violate(_: Probe) -> None:
    """Find something that no XML may hold."""
    raise Violated("an <answer>", "a bell \x07 & more")


async def see_nothing(_: Probe) -> None:
    """See nothing."""
    raise NotObservable("no such feature")


def case(id_: str, run: Callable[[Probe], Awaitable[None]], *needs: str, level: Level = Level.V1_0) -> Case[Probe]:
    """Make a case."""
    return Case(id_, level, "Tests", f"Rule of {id_}.", needs, run)


def message(**members: object) -> Received:
    """Make a message as it would come."""
    return Received.of(json.dumps(members))


async def test_one_defect_is_one_failure() -> None:
    """What rests on a broken rule, directly or not, is skipped; what rests on a skipped one is run."""
    cases = (
        case("broken", violate),
        case("rests", keep, "broken"),
        case("rests-on-that", keep, "rests"),
        case("unseen", see_nothing),
        case("after-unseen", keep, "unseen"),
    )
    report = await check_conformance(NOWHERE, cases=cases)

    assert [one.result for one in report.cases] == ["failed", "skipped", "skipped", "skipped", "passed"]
    assert report.cases[2].reason == "it rests on rests, which was not kept"
    assert report.cases[3].reason == "no such feature"
    assert not report.is_conformant


async def test_level_1_0_leaves_the_later_rules_out() -> None:
    """Level 1.1 includes 1.0, not the other way round."""
    cases = (case("old", keep), case("new", violate, level=Level.V1_1))
    first = await check_conformance(NOWHERE, level=Level.V1_0, cases=cases)
    second = await check_conformance(NOWHERE, cases=cases)

    assert ([one.id for one in first.cases], first.is_conformant) == (["old"], True)
    assert ([one.id for one in second.cases], second.is_conformant) == (["old", "new"], False)


async def test_cases_without_time_fail() -> None:
    """A run that is cut short is no conformance."""
    report = await check_conformance(NOWHERE, timing=Timing(suite_s=0.0), cases=(case("late", _wait),))

    assert report.cases[0].result is Result.FAILED
    assert report.cases[0].found == "none within the 0 s that it had"


async def _wait(_: Probe) -> None:
    await asyncio.Event().wait()


async def test_skipped_cases_alone_are_no_conformance() -> None:
    """Where nothing was seen nothing was kept."""
    assert not (await check_conformance(NOWHERE, cases=(case("unseen", see_nothing),))).is_conformant


async def test_reports_can_be_read() -> None:
    """JSON holds everything, JUnit's XML stays well-formed whatever the agent sent."""
    cases = (case("good", keep), case("broken", violate), case("unseen", see_nothing))
    report = await check_conformance(NOWHERE, cases=cases)
    whole = json.loads(render_json(report))
    suite = ElementTree.fromstring(render_junit(report))  # noqa: S314 - our own output

    assert whole["conformant"] is False
    assert [one["result"] for one in whole["cases"]] == ["passed", "failed", "skipped"]
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.text == "expected: an <answer>\nfound: a bell � & more"


def test_cases_are_named_once_and_rest_on_earlier_ones() -> None:
    """Ids are unique; what a case needs has run before it, and is demanded at its level."""
    seen: dict[str, Level] = {}
    for one in CASES:
        assert one.id not in seen
        for needed in one.needs:
            assert one.level.includes(seen[needed]), (one.id, needed)
        seen[one.id] = one.level


def test_page_has_every_rule() -> None:
    """Each case is in the page with its text, and so is what has no case."""
    page = render_page()

    assert all(f"| `{one.id}` | {one.level} | {one.rule} |" in page for one in CASES)
    assert all(f"## {chapter.title}" in page for chapter in CHAPTERS)
    assert all(rule in page for rule, _ in NOT_OBSERVED)


@pytest.mark.parametrize(
    ("capabilities", "kind"),
    [
        (["nlp_query"], "nlp"),
        (["x", "sql_query"], "data"),
        (["generate_chart"], "viz"),
        (["ask"], "custom"),
        ([], "custom"),
    ],
)
def test_type_is_found_by_what_is_answered(capabilities: list[str], kind: str) -> None:
    """The requests that an agent lists decide what it is asked."""
    assert choose_agent_type(message(data={"capabilities": capabilities})) == kind


def test_unknown_agents_are_asked_only_what_is_harmless() -> None:
    """The first type that the welcome calls idempotent, and none where there is none."""
    types = [{"name": "pay", "idempotent": False}, {"name": "look", "idempotent": True}]

    assert choose_samples("custom", message(data={"types": types})) == Samples(request=Sample("look", {}))
    assert choose_samples("custom", message(data={"types": types[:1]})) == Samples()
    assert choose_samples("custom", message(data={"capabilities": ["pay"]})) == Samples()


def test_outcome_is_found_among_others() -> None:
    """Outcomes of other requests are left out; one that names no known request counts."""
    progress = message(type="progress_update", response_to="a")
    other = message(type="x_response", response_to="b")
    heartbeat = message(type="heartbeat_response")
    wrong = message(type="x_response", response_to="?")

    found = sort_messages("a", [other, progress, heartbeat, wrong], {"a", "b"})
    assert (found.parts, found.outcome) == ((progress,), wrong)
    assert sort_messages("a", [other, progress], {"a", "b"}).outcome is None


def test_odd_messages_are_no_trouble() -> None:
    """Whatever an agent sends can be asked about."""
    for frame in ("no json", "[]", "7", '{"type":7,"data":[]}', b"\xff"):
        received = Received.of(frame)
        assert received.type is None
        assert received.get("data", "capabilities") is None
        assert received.texts("data", "capabilities") == ()
        assert str(received)
