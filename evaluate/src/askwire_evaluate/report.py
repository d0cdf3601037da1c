"""The report of a run, as a file and as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from askwire_evaluate.results import ChartResult, QuestionResult
from askwire_evaluate.statistics import Share
from askwire_evaluate.totals import (
    ChartTotals,
    DropTotals,
    Times,
    Totals,
    add_up,
    add_up_charts,
    add_up_drop,
    by_construct,
    by_database,
    times_of,
)

__all__ = ["ChartReport", "DropReport", "QuestionReport", "RunFacts", "describe", "report_charts", "report_questions"]

_WORST = 10


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What was run: the files by their names, the options, and how long it took."""

    set: str
    wording: str
    limit: int | None
    jobs: int
    seconds: float
    today: str
    fingerprint: str
    left_out: int = 0
    """Questions that have no such wording, or nothing to hide."""


class QuestionReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a question set."""

    run: RunFacts
    totals: Totals
    times: Times
    per_construct: dict[str, Totals]
    per_database: dict[str, Totals]
    questions: tuple[QuestionResult, ...]


class DropReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a column-drop run."""

    run: RunFacts
    totals: DropTotals
    times: Times
    per_construct: dict[str, DropTotals]
    per_database: dict[str, DropTotals]
    questions: tuple[QuestionResult, ...]


class ChartReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a chart set."""

    run: RunFacts
    totals: ChartTotals
    charts: tuple[ChartResult, ...]


def report_questions(
    run: RunFacts, results: Sequence[QuestionResult], *, column_drop: bool
) -> QuestionReport | DropReport:
    """Add up all results."""
    ordered = tuple(sorted(results, key=lambda one: one.id))
    constructs, databases = by_construct(ordered), by_database(ordered)
    if column_drop:
        return DropReport(
            run=run,
            totals=add_up_drop(ordered),
            times=times_of(ordered),
            per_construct={name: add_up_drop(part) for name, part in constructs.items()},
            per_database={name: add_up_drop(part) for name, part in databases.items()},
            questions=ordered,
        )
    return QuestionReport(
        run=run,
        totals=add_up(ordered),
        times=times_of(ordered),
        per_construct={name: add_up(part) for name, part in constructs.items()},
        per_database={name: add_up(part) for name, part in databases.items()},
        questions=ordered,
    )


def report_charts(run: RunFacts, results: Sequence[ChartResult]) -> ChartReport:
    """Add up all results."""
    ordered = tuple(sorted(results, key=lambda one: (one.id, one.wording)))
    return ChartReport(run=run, totals=add_up_charts(ordered), charts=ordered)


def describe(report: QuestionReport | DropReport | ChartReport) -> str:
    """Return the tables for people: totals, constructs or families, and the databases with most wrong answers."""
    if isinstance(report, ChartReport):
        return "\n".join(_describe_charts(report))
    lines = [f"{report.totals.questions} questions, {report.run.seconds:.0f} s", ""]
    lines += [f"{name:34}{_percent(share)}" for name, share in _shares(report.totals)]
    if isinstance(report.totals, Totals):
        strict = report.totals.penalised_strict
        lines.append(f"{'penalised, strict':34}{strict.mean:+.3f}  ({strict.low:+.3f} to {strict.high:+.3f})")
    mean = report.totals.penalised
    lines.append(f"{'penalised':34}{mean.mean:+.3f}  ({mean.low:+.3f} to {mean.high:+.3f})")
    times = report.times
    lines.append(f"{'question to SQL, p50 / p95':34}{times.p50_ms:.0f} / {times.p95_ms:.0f} ms")
    lines.append(f"{'the same, time on the core':34}{times.cpu_p50_ms:.0f} / {times.cpu_p95_ms:.0f} ms")
    if isinstance(report.totals, Totals) and report.totals.differences:
        counts = [f"{name} {count}" for name, count in report.totals.differences.items()]
        lines += ["", f"{'wrong answers':34}{', '.join(counts)}"]
    lines += ["", *_table("construct", list(report.per_construct.items()))]
    databases: list[tuple[str, Totals | DropTotals]] = list(report.per_database.items())
    databases.sort(key=lambda one: (-one[1].wrong_shown.count, one[0]))
    return "\n".join([*lines, "", *_table(f"{_WORST} worst databases", databases[:_WORST])])


def _shares(totals: Totals | DropTotals) -> list[tuple[str, Share]]:
    found = [(name, getattr(totals, name)) for name in totals.__struct_fields__]
    return [(name.replace("_", " "), value) for name, value in found if isinstance(value, Share)]


def _table(title: str, rows: Sequence[tuple[str, Totals | DropTotals]]) -> list[str]:
    plain = [(name, totals) for name, totals in rows if isinstance(totals, Totals)]
    if plain:
        lines = [f"{title:34}{'all':>6}{'strict':>8}{'lenient':>9}{'wrong':>8}{'after one':>11}"]
        for name, totals in plain:
            shares = (totals.strict, totals.lenient, totals.wrong_shown, totals.right_after_one_question)
            cells = zip((8, 9, 8, 11), shares, strict=True)
            lines.append(f"{name:34}{totals.questions:>6}" + "".join(f"{100 * one.share:>{w}.1f}" for w, one in cells))
        return lines
    lines = [f"{title:34}{'all':>6}{'wrong':>8}"]
    return lines + [f"{name:34}{one.questions:>6}{100 * one.wrong_shown.share:>8.1f}" for name, one in rows]


def _describe_charts(report: ChartReport) -> list[str]:
    totals = report.totals
    lines = [f"{totals.charts} charts in {totals.wordings} wordings, {report.run.seconds:.0f} s", ""]
    lines.append(f"{'right family':34}{_percent(totals.accuracy)}")
    lines += [f"{name:34}{_percent(share)}" for name, share in totals.families.items()]
    lines += ["", "wanted and chosen instead"]
    for family, counts in totals.confusions.items():
        others = [f"{name} {count}" for name, count in counts.items() if name != family]
        lines.append(f"{family:34}{', '.join(others) or '-'}")
    return [*lines, "", f"{'question and rows to chart':34}{totals.p50_ms:.0f} / {totals.p95_ms:.0f} ms"]


def _percent(share: Share) -> str:
    return f"{100 * share.share:5.1f} %  ({100 * share.low:.1f} to {100 * share.high:.1f})  {share.count} of {share.of}"
