"""What worker processes do: some questions of one database, or some charts, at a time.

Heavy modules are imported when the first work comes, after the process has bound itself to one core's threads.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
from typing import TYPE_CHECKING

import msgspec

from askwire_evaluate.questions import GoldChart, GoldQuestion, Wording
from askwire_evaluate.results import ChartResult, QuestionResult

if TYPE_CHECKING:
    from askwire_nlp.engine import Engine

__all__ = ["ChartTask", "QuestionTask", "ask_questions", "draw_charts", "prepare"]


class QuestionTask(msgspec.Struct, frozen=True, kw_only=True):
    """Questions on one database; ``url`` is of a role that can only read."""

    url: str
    questions: tuple[GoldQuestion, ...]
    wording: Wording
    column_drop: bool
    today: dt.date
    model: str


class ChartTask(msgspec.Struct, frozen=True, kw_only=True):
    """Charts, each in all its wordings."""

    charts: tuple[GoldChart, ...]


class _Tool(msgspec.Struct):
    """What a worker process keeps from task to task."""

    engine: Engine | None = None
    model: str = ""


_TOOL = _Tool()


def prepare() -> None:
    """Make ready a worker process: one thread for arithmetic, and Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"


def ask_questions(task: QuestionTask) -> list[QuestionResult]:
    """Ask all questions of a task; those that can't be asked so are left out."""
    return asyncio.run(_ask_all(task))


def draw_charts(task: ChartTask) -> list[ChartResult]:
    """Let a chart be chosen for each wording of each chart."""
    from askwire_evaluate.charts import choose_all

    return [result for chart in task.charts for result in choose_all(chart)]


async def _ask_all(task: QuestionTask) -> list[QuestionResult]:
    from askwire_evaluate.asking import Asker
    from askwire_evaluate.execution import open_database

    found = []
    async with open_database(task.url) as database:
        asker = Asker(
            _engine(task.model), database, wording=task.wording, column_drop=task.column_drop, today=task.today
        )
        for question in task.questions:
            result = await asker.ask(question)
            if result is not None:
                found.append(result)
    return found


def _engine(model: str) -> Engine:
    """Return this process's engine; the language model is loaded once."""
    from askwire_nlp.engine import Engine

    if _TOOL.engine is None or _TOOL.model != model:
        _TOOL.engine, _TOOL.model = Engine(model), model
        _TOOL.engine.warm_up("How many rows are there?")
    return _TOOL.engine
