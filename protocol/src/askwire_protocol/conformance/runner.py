"""Run the cases against one agent, one after another, each and all of them bounded in time."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from askwire_protocol.conformance.cases import CASES
from askwire_protocol.conformance.probe import Probe, Target
from askwire_protocol.conformance.report import CaseReport, ConformanceReport, Result
from askwire_protocol.conformance.rule import Case, Level, NotObservable, Violated
from askwire_protocol.conformance.timing import Timing

__all__ = ["check_conformance"]

_FIRST = "handshake"


@dataclasses.dataclass(frozen=True, slots=True)
class _Verdict:
    result: Result
    expected: str | None = None
    found: str | None = None
    reason: str | None = None


async def check_conformance(
    target: Target,
    *,
    level: Level = Level.V1_1,
    timing: Timing | None = None,
    cases: Sequence[Case[Probe]] = CASES,
    on_case: Callable[[CaseReport], None] = lambda _: None,
) -> ConformanceReport:
    """Run every case of a level and report; never raises because of what the agent does.

    ``on_case`` is called after each case. Cases for which no time is left count as failed.
    """
    timing = timing or Timing()
    probe = Probe(target, timing)
    started_s = time.monotonic()
    reports: dict[str, CaseReport] = {}
    broken: set[str] = set()
    for case in cases:
        if not level.includes(case.level):
            continue
        left_s = started_s + timing.suite_s - time.monotonic()
        case_started_s = time.monotonic()
        verdict = _forestall(case, broken) or await _run(case, probe, min(timing.case_s, left_s))
        if verdict.result is Result.FAILED or _forestall(case, broken):
            broken.add(case.id)
        reports[case.id] = _report(case, verdict, time.monotonic() - case_started_s)
        on_case(reports[case.id])
    return ConformanceReport(
        url=target.url,
        http_url=target.http_url,
        level=level.value,
        agent=probe.welcome.text("data", "agent") or probe.welcome.text("from"),
        agent_type=probe.agent_type,
        elapsed_ms=_milliseconds(time.monotonic() - started_s),
        cases=tuple(reports.values()),
    )


def _forestall(case: Case[Probe], broken: AbstractSet[str]) -> _Verdict | None:
    """Skip a case that rests on another one which was not kept (or rests itself on such a one)."""
    for needed in (_FIRST, *case.needs):
        if needed in broken:
            return _Verdict(Result.SKIPPED, reason=f"it rests on {needed}, which was not kept")
    return None


async def _run(case: Case[Probe], probe: Probe, limit_s: float) -> _Verdict:
    try:
        async with asyncio.timeout(max(limit_s, 0.0)):
            await case.run(probe)
    except Violated as violated:
        return _Verdict(Result.FAILED, violated.expected, violated.found)
    except NotObservable as unseen:
        return _Verdict(Result.SKIPPED, reason=str(unseen))
    except TimeoutError:
        return _Verdict(Result.FAILED, "an end of the case", f"none within the {max(limit_s, 0):.0f} s that it had")
    return _Verdict(Result.PASSED)


def _report(case: Case[Probe], verdict: _Verdict, elapsed_s: float) -> CaseReport:
    return CaseReport(
        id=case.id,
        level=case.level.value,
        chapter=case.chapter,
        rule=case.rule,
        result=verdict.result,
        elapsed_ms=_milliseconds(elapsed_s),
        expected=verdict.expected,
        found=verdict.found,
        reason=verdict.reason,
    )


def _milliseconds(elapsed_s: float) -> float:
    return round(elapsed_s * 1000, 1)
