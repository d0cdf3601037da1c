"""Spread tasks over worker processes, and hand over each result when it comes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from askwire_evaluate.failures import EvaluationFailed
from askwire_evaluate.work import prepare

__all__ = ["run_tasks"]

Task = TypeVar("Task")
Result = TypeVar("Result")


def run_tasks(
    work: Callable[[Task], list[Result]], tasks: Sequence[Task], jobs: int
) -> Iterator[tuple[Task, list[Result]]]:
    """Yield each task with its results, in the order in which they are done.

    When the caller is interrupted no further task is begun, and what is under way is waited for and lost.

    Raises:
        EvaluationFailed: a worker process ended by itself.
    """
    if not tasks:
        return
    context = multiprocessing.get_context("spawn")  # a fork would take over connections and threads
    executor = ProcessPoolExecutor(max_workers=min(jobs, len(tasks)), mp_context=context, initializer=prepare)
    try:
        waiting: dict[Future[list[Result]], Task] = {executor.submit(work, task): task for task in tasks}
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), future.result()
    except BrokenProcessPool as problem:
        raise EvaluationFailed(
            "A worker process ended by itself (is there enough memory?); the same command goes on where it was."
        ) from problem
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
