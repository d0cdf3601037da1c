"""Show outcomes: a table for people, only the problems, or JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import indent

import msgspec
from rich.console import Console
from rich.text import Text

from askwire.checks.definitions import CHECKS, CheckOutcome, CheckResult
from askwire.checks.execution import TargetReport
from askwire.console import choose_glyphs, clean_lines, clean_text

__all__ = ["REFERENCE_PAGE", "has_failed", "render_json", "render_reference", "show_report", "show_summary"]

REFERENCE_PAGE = "docs/reference/checks.md"
_STYLES = {CheckResult.OK: "green", CheckResult.WARNING: "yellow", CheckResult.ERROR: "red", CheckResult.SKIPPED: "dim"}


class _JsonCheck(msgspec.Struct):
    id: str
    description: str
    result: str
    note: str
    error: str
    hint: str | None
    elapsed_ms: float


class _JsonTarget(msgspec.Struct):
    name: str
    url: str
    checks: tuple[_JsonCheck, ...]


class _JsonReport(msgspec.Struct):
    success: bool
    targets: tuple[_JsonTarget, ...]


def has_failed(reports: Sequence[TargetReport]) -> bool:
    """Say whether any check failed; warnings do not count."""
    return any(outcome.result is CheckResult.ERROR for report in reports for outcome in report.outcomes)


def show_report(console: Console, report: TargetReport, *, only_problems: bool = False) -> None:
    """Print one target: its name underlined, a line for each check, what is wrong and the hint below it."""
    shown = [
        outcome
        for outcome in report.outcomes
        if not only_problems or outcome.result in {CheckResult.ERROR, CheckResult.WARNING}
    ]
    if not shown:
        return
    title = f"{report.target.name} ({report.target.url})"
    console.print(Text(clean_text(title), style="bold"))
    console.print(Text("-" * len(title)))
    for outcome in shown:
        _show_outcome(console, outcome)
    console.print()


def _show_outcome(console: Console, outcome: CheckOutcome) -> None:
    glyphs = choose_glyphs(console.encoding)
    marks = {
        CheckResult.OK: glyphs.ok,
        CheckResult.WARNING: glyphs.warning,
        CheckResult.ERROR: glyphs.error,
        CheckResult.SKIPPED: glyphs.skipped,
    }
    note = f" ({clean_text(outcome.note)})" if outcome.note else ""
    if outcome.result is CheckResult.SKIPPED:
        note = " (not tried)"
    mark = (marks[outcome.result], _STYLES[outcome.result])
    console.print(Text.assemble(mark, " ", outcome.definition.sentence, (note, "dim")), soft_wrap=True)
    if outcome.error:
        console.print(Text(indent(clean_lines(outcome.error), "    ")), soft_wrap=True)
        console.print(Text(f"    see {_hint(outcome)}", style="dim"), soft_wrap=True)


def show_summary(console: Console, reports: Sequence[TargetReport]) -> None:
    """Print the last line: how many checks passed, failed, warned, were not tried."""
    outcomes = [outcome for report in reports for outcome in report.outcomes]
    counts = {result: sum(outcome.result is result for outcome in outcomes) for result in CheckResult}
    parts = [f"{counts[CheckResult.OK]} of {len(outcomes)} checks passed"]
    for result, word in (
        (CheckResult.WARNING, "with a warning"),
        (CheckResult.ERROR, "failed"),
        (CheckResult.SKIPPED, "not tried"),
    ):
        if counts[result]:
            parts.append(f"{counts[result]} {word}")
    style = "red" if has_failed(reports) else "green"
    console.print(Text(", ".join(parts) + ".", style=style))


def render_json(reports: Sequence[TargetReport]) -> str:
    """Return the whole result as JSON."""
    targets = tuple(
        _JsonTarget(report.target.name, report.target.url, tuple(_to_json(outcome) for outcome in report.outcomes))
        for report in reports
    )
    encoded = msgspec.json.encode(_JsonReport(not has_failed(reports), targets))
    return msgspec.json.format(encoded, indent=2).decode()


def _to_json(outcome: CheckOutcome) -> _JsonCheck:
    return _JsonCheck(
        id=outcome.definition.id.value,
        description=outcome.definition.sentence,
        result=outcome.result.value,
        note=outcome.note,
        error=outcome.error,
        hint=_hint(outcome) if outcome.error else None,
        elapsed_ms=round(outcome.elapsed_ms, 1),
    )


def _hint(outcome: CheckOutcome) -> str:
    return f"{REFERENCE_PAGE}#{outcome.definition.id.value}"


def render_reference() -> str:
    """Return the reference page: an anchor for each check with its causes and remedies."""
    return "\n".join(_reference_lines()) + "\n"


def _reference_lines() -> Iterable[str]:
    yield "# What `askwire check` checks"
    yield ""
    yield "<!-- Made by `python -m askwire.checks.reference docs/reference/checks.md`; do not edit. -->"
    yield ""
    yield "Every agent is asked directly, then the backend. A ✗ fails the whole (exit code 1), a ‼ does not. Checks"
    yield "that rest on a failed connection are not tried. `--wait 30` tries failed ones again for 30 seconds;"
    yield "`-o json` prints everything for programs, `-o short` only what is wrong."
    yield "All commands and their exit codes: [command-line.md](command-line.md)."
    for check in CHECKS:
        request = f"It sends `{check.request_type}`. " if check.request_type else ""
        yield ""
        yield f"## {check.id.value}"
        yield ""
        yield f"For {_whom(check.scope.value)}: {check.sentence}. {request}".rstrip()
        yield ""
        yield f"**When it fails:** {check.cause}"
        yield ""
        yield f"**What to do:** {check.remedy}"


def _whom(scope: str) -> str:
    return scope if scope == "every agent" else f"the {scope}" + ("" if scope == "backend" else " agent")
