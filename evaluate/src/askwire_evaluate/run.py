"""Run an evaluation: databases, worker processes, journal, report."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import msgspec
import psycopg

from askwire_evaluate.databases import database_file, database_name, load_databases, reader_login
from askwire_evaluate.failures import EvaluationFailed
from askwire_evaluate.fingerprint import fingerprint_of
from askwire_evaluate.journal import Heading, Journal
from askwire_evaluate.pool import run_tasks
from askwire_evaluate.progress import Progress
from askwire_evaluate.questions import GoldQuestion, Wording, pick_evenly, read_charts, read_questions
from askwire_evaluate.report import (
    ChartReport,
    DropReport,
    QuestionReport,
    RunFacts,
    report_charts,
    report_questions,
)
from askwire_evaluate.results import ChartResult, QuestionResult
from askwire_evaluate.work import ChartTask, QuestionTask, ask_questions, draw_charts

__all__ = ["Options", "evaluate_charts", "evaluate_questions"]

_QUESTIONS_A_TASK = 20
_CHARTS_A_TASK = 50

Kind = TypeVar("Kind", QuestionResult, ChartResult)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says."""

    databases: Path
    set_file: Path
    report: Path
    model: str
    jobs: int
    today: dt.date
    limit: int | None = None
    wording: Wording = Wording.QUESTION
    column_drop: bool = False
    fresh: bool = False


def evaluate_questions(
    options: Options, open_server: Callable[[], AbstractContextManager[str]]
) -> QuestionReport | DropReport:
    """Ask all questions and write the report.

    ``open_server`` gives the URL of somebody who may make databases and roles, for as long as its block.
    When it is interrupted, the journal beside the report has what was done.

    Raises:
        EvaluationFailed, UnreadableSet: with one sentence.
    """
    questions = pick_evenly(read_questions(options.set_file), options.limit)
    files = [database_file(options.databases, name) for name in sorted({one.db for one in questions})]
    progress = Progress(len(questions))
    started_s = time.monotonic()
    with _sentences():
        heading = _heading(options, [options.set_file, *files])
        journal = Journal.beside(options.report, QuestionResult)
        heading, done, results = _resume(journal, heading, options, progress)
        left = [one for one in questions if one.id not in done]
        if left:
            with open_server() as server_url:
                load_databases(server_url, files, options.jobs, progress.say)
                with reader_login(server_url) as url_of:
                    urls = {file.name.removesuffix(".sql.gz"): url_of(database_name(file)) for file in files}
                    tasks = _question_tasks(left, urls, options, heading.today)
                    for task, found in run_tasks(ask_questions, tasks, options.jobs):
                        ids = [one.id for one in task.questions]
                        journal.add(ids, found)
                        done.update(ids)
                        results.extend(found)
                        progress.show(len(done))
        facts = _facts(options, heading, started_s, len(questions) - len(results))
        report = report_questions(facts, results, column_drop=options.column_drop)
        _write(options.report, report)
        journal.remove()
    return report


def evaluate_charts(options: Options) -> ChartReport:
    """Let a chart be chosen for each wording of each chart, and write the report.

    Raises:
        EvaluationFailed, UnreadableSet: with one sentence.
    """
    charts = pick_evenly(read_charts(options.set_file), options.limit)
    progress = Progress(len(charts))
    started_s = time.monotonic()
    with _sentences():
        heading = _heading(options, [options.set_file])
        journal = Journal.beside(options.report, ChartResult)
        heading, done, results = _resume(journal, heading, options, progress)
        left = [one for one in charts if one.id not in done]
        tasks = [ChartTask(charts=tuple(part)) for part in _cut(left, _CHARTS_A_TASK)]
        for task, found in run_tasks(draw_charts, tasks, options.jobs):
            ids = [one.id for one in task.charts]
            journal.add(ids, found)
            done.update(ids)
            results.extend(found)
            progress.show(len(done))
        report = report_charts(_facts(options, heading, started_s, 0), results)
        _write(options.report, report)
        journal.remove()
    return report


@contextlib.contextmanager
def _sentences() -> Iterator[None]:
    """Turn what the file system or the database server refuses into a sentence."""
    try:
        yield
    except psycopg.Error as problem:
        reason = str(problem).strip().splitlines() or ["no reason given"]
        raise EvaluationFailed(f"A database of the evaluation can't be used: {reason[0].rstrip('.')}.") from problem
    except OSError as problem:
        place = f": {problem.filename}" if problem.filename else ""
        raise EvaluationFailed(f"{problem.strerror or problem}{place}.") from problem


def _heading(options: Options, files: Sequence[Path]) -> Heading:
    words = (options.wording, str(options.column_drop), str(options.limit), options.model)
    return Heading(fingerprint=fingerprint_of(files, words), today=options.today)


def _resume(
    journal: Journal[Kind], heading: Heading, options: Options, progress: Progress
) -> tuple[Heading, set[str], list[Kind]]:
    """Go on with an interrupted run of the same, or begin anew."""
    resumed = None if options.fresh else journal.resume(heading)
    if resumed is None:
        journal.begin(heading)
        return heading, set(), []
    progress.say(f"going on with an interrupted run: {len(resumed[1]):,} are done (--fresh begins anew)")
    return resumed


def _question_tasks(
    questions: Sequence[GoldQuestion], urls: dict[str, str], options: Options, today: dt.date
) -> list[QuestionTask]:
    by_database = itertools.groupby(sorted(questions, key=lambda one: one.db), key=lambda one: one.db)
    return [
        QuestionTask(
            url=urls[name],
            questions=tuple(part),
            wording=options.wording,
            column_drop=options.column_drop,
            today=today,
            model=options.model,
        )
        for name, group in by_database
        for part in _cut(list(group), _QUESTIONS_A_TASK)
    ]


T = TypeVar("T")


def _cut(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _facts(options: Options, heading: Heading, started_s: float, left_out: int) -> RunFacts:
    return RunFacts(
        set=options.set_file.name,
        wording=options.wording,
        limit=options.limit,
        jobs=options.jobs,
        seconds=round(time.monotonic() - started_s, 1),
        today=heading.today.isoformat(),
        fingerprint=heading.fingerprint,
        left_out=left_out,
    )


def _write(file: Path, report: QuestionReport | DropReport | ChartReport) -> None:
    """Write the whole report or none."""
    unfinished = file.with_name(file.name + ".part")
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    unfinished.replace(file)
