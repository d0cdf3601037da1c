"""Add up the results of questions: totals, per construct, per database, times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import msgspec

from askwire_evaluate.results import ChartResult, Ending, QuestionResult
from askwire_evaluate.statistics import Mean, Share, mean_of, percentile, share_of

__all__ = [
    "ChartTotals",
    "DropTotals",
    "Times",
    "Totals",
    "add_up",
    "add_up_charts",
    "add_up_drop",
    "by_construct",
    "by_database",
    "times_of",
]

PENALTY = 10
"""How many right answers one wrong one takes away."""


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """Question to SQL, one process on one core, milliseconds; ``cpu_`` without the time that others had the core."""

    p50_ms: float
    p95_ms: float
    cpu_p50_ms: float
    cpu_p95_ms: float


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of all questions, but ``precision``: the share of the answered that are lenient-right.

    ``right_after_one_question`` counts the strictly right, at once or after one question back; ``..._lenient``
    likewise. ``penalised`` takes the lenient-right as right, ``penalised_strict`` the strict: then every other answer
    is wrong. ``differences`` counts the wrong-shown by the way in which they differ.
    """

    questions: int
    strict: Share
    lenient: Share
    wrong_shown: Share
    coverage: Share
    precision: Share
    clarify: Share
    clarified: Share
    clarified_strict: Share
    right_after_one_question: Share
    right_after_one_question_lenient: Share
    refused: Share
    error: Share
    strict_with_repetitions: Share
    penalised: Mean
    penalised_strict: Mean
    differences: dict[str, int]


class DropTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Column-drop: every answer is wrong-shown, for what it needs was hidden.

    ``right_anyway`` counts answers whose rows are right all the same (another column says as much).
    """

    questions: int
    wrong_shown: Share
    right_anyway: Share
    clarify: Share
    refused: Share
    error: Share
    wrong_shown_by_column: Share
    wrong_shown_by_table: Share
    penalised: Mean


class ChartTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Wordings whose chart is of the right family; ``named`` families by what was wanted, ``confusions`` as counts."""

    wordings: int
    charts: int
    accuracy: Share
    families: dict[str, Share]
    confusions: dict[str, dict[str, int]]
    p50_ms: float
    p95_ms: float


def add_up(results: Sequence[QuestionResult]) -> Totals:
    """Return the totals of some results."""
    count = len(results)

    def share(condition: Callable[[QuestionResult], bool]) -> Share:
        return share_of(sum(map(condition, results)), count)

    answered = sum(map(_is_answered, results))
    return Totals(
        questions=count,
        strict=share(lambda one: one.strict),
        lenient=share(lambda one: one.lenient),
        wrong_shown=share(_is_wrong_shown),
        coverage=share(_is_answered),
        precision=share_of(sum(one.lenient for one in results), answered),
        clarify=share(lambda one: one.outcome is Ending.CLARIFY),
        clarified=share(lambda one: one.clarified),
        clarified_strict=share(lambda one: one.clarified_strict),
        right_after_one_question=share(lambda one: one.strict or one.clarified_strict),
        right_after_one_question_lenient=share(lambda one: one.lenient or one.clarified),
        refused=share(lambda one: one.outcome is Ending.REFUSED),
        error=share(lambda one: one.outcome is Ending.ERROR),
        strict_with_repetitions=share(lambda one: one.repeated),
        penalised=mean_of([_score(one, right=one.lenient) for one in results]),
        penalised_strict=mean_of([_score(one, right=one.strict) for one in results]),
        differences=dict(Counter(one.difference for one in results if _is_wrong_shown(one)).most_common()),
    )


def add_up_drop(results: Sequence[QuestionResult]) -> DropTotals:
    """Return the totals of a column-drop run."""
    count = len(results)

    def share(condition: Callable[[QuestionResult], bool]) -> Share:
        return share_of(sum(map(condition, results)), count)

    def wrong_of(chosen: Iterable[QuestionResult]) -> Share:
        kept = list(chosen)
        return share_of(sum(map(_is_answered, kept)), len(kept))

    return DropTotals(
        questions=count,
        wrong_shown=share(_is_answered),
        right_anyway=share(lambda one: one.lenient),
        clarify=share(lambda one: one.outcome is Ending.CLARIFY),
        refused=share(lambda one: one.outcome is Ending.REFUSED),
        error=share(lambda one: one.outcome is Ending.ERROR),
        wrong_shown_by_column=wrong_of(one for one in results if "." in one.hidden),
        wrong_shown_by_table=wrong_of(one for one in results if one.hidden and "." not in one.hidden),
        penalised=mean_of([_score(one, right=False) for one in results]),
    )


def add_up_charts(results: Sequence[ChartResult]) -> ChartTotals:
    """Return the totals of a chart run."""
    families = sorted({one.wanted for one in results})
    times = [one.milliseconds for one in results]
    confusions = {family: Counter(one.chosen for one in results if one.wanted == family) for family in families}
    return ChartTotals(
        wordings=len(results),
        charts=len({one.id for one in results}),
        accuracy=share_of(sum(one.wanted == one.chosen for one in results), len(results)),
        families={family: share_of(counts[family], counts.total()) for family, counts in confusions.items()},
        confusions={family: dict(counts.most_common()) for family, counts in confusions.items()},
        p50_ms=percentile(times, 0.5),
        p95_ms=percentile(times, 0.95),
    )


def by_construct(results: Sequence[QuestionResult]) -> dict[str, list[QuestionResult]]:
    """Group the results by what their gold queries are made of; a result may be in several groups."""
    return _group(results, lambda one: one.constructs or ("not read",))


def by_database(results: Sequence[QuestionResult]) -> dict[str, list[QuestionResult]]:
    """Group the results by database."""
    return _group(results, lambda one: (one.db,))


def times_of(results: Sequence[QuestionResult]) -> Times:
    """Return the percentiles of the time to the SQL."""
    wall = [one.milliseconds for one in results if one.outcome is not Ending.ERROR]
    cpu = [one.cpu_milliseconds for one in results if one.outcome is not Ending.ERROR]
    return Times(
        p50_ms=percentile(wall, 0.5),
        p95_ms=percentile(wall, 0.95),
        cpu_p50_ms=percentile(cpu, 0.5),
        cpu_p95_ms=percentile(cpu, 0.95),
    )


def _group(
    results: Sequence[QuestionResult], keys_of: Callable[[QuestionResult], tuple[str, ...]]
) -> dict[str, list[QuestionResult]]:
    found: dict[str, list[QuestionResult]] = {}
    for one in results:
        for key in keys_of(one):
            found.setdefault(key, []).append(one)
    return dict(sorted(found.items()))


def _is_answered(one: QuestionResult) -> bool:
    return one.outcome is Ending.ANSWERED


def _is_wrong_shown(one: QuestionResult) -> bool:
    return _is_answered(one) and not one.lenient


def _score(one: QuestionResult, *, right: bool) -> float:
    if not _is_answered(one):
        return 0.0
    return 1.0 if right else -float(PENALTY)
