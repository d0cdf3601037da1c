"""Ask one question right after the start and show all of its way."""

from __future__ import annotations

import asyncio
from pathlib import Path

from askwire.answers import show_answer, show_choices, show_refusal
from askwire.backend_api import BackendApi
from askwire.chart_files import write_chart
from askwire.failures import CommandFailed, ExitCode
from askwire.runner.screen import Screen
from askwire_protocol.errors import ConnectionFailed, ErrorCode, RequestFailed
from askwire_protocol.messages import Ask, AskAnswer, Outcome

__all__ = ["ask_first"]

_MAX_ROWS = 15
_CATALOG_WAIT_S = 30.0
_POLL_S = 0.1
_NOT_YET = (ErrorCode.FAILED_PRECONDITION, ErrorCode.NO_AGENT)


async def ask_first(api: BackendApi, question: str, screen: Screen, folder: Path, *, strict: bool) -> ExitCode:
    """Print question, SQL, explanation and rows, and write the chart as a page of its own into ``folder``.

    Without ``strict`` a failure is a warning, since the run goes on serving.
    """
    screen.wait("asking")
    screen.rest()
    screen.say("")
    screen.say(f"Question: {question}")
    try:
        answer = await _ask_when_possible(api, question)
        return await _show(api, answer, screen, folder)
    except RequestFailed as failed:
        failure = CommandFailed(f"The question failed with {failed.code}: {failed.message}")
    except ConnectionFailed as problem:
        failure = CommandFailed(f"The backend cannot be reached: {problem}.", ExitCode.UNREACHABLE)
    except CommandFailed as problem:
        failure = problem
    if strict:
        raise failure
    screen.warn(failure.sentence)
    return failure.code


async def _ask_when_possible(api: BackendApi, question: str) -> AskAnswer:
    """Ask, and again while the database's catalog is still on its way to the agents."""
    async with asyncio.timeout(_CATALOG_WAIT_S) as limit:
        while True:
            try:
                return await api.ask(Ask(question=question))
            except RequestFailed as failed:
                when = limit.when() or 0.0
                if failed.code not in _NOT_YET or asyncio.get_running_loop().time() + 1.0 > when:
                    raise
            await asyncio.sleep(_POLL_S)


async def _show(api: BackendApi, answer: AskAnswer, screen: Screen, folder: Path) -> ExitCode:
    console = screen.console
    if answer.outcome == Outcome.INPUT_REQUIRED:
        show_choices(console, answer)
        return ExitCode.FAILED
    if answer.outcome != Outcome.ANSWERED:
        show_refusal(console, answer)
        return ExitCode.FAILED
    show_answer(console, answer, max_rows=_MAX_ROWS, rest_hint="`askwire ask` shows more")
    if answer.chart is None:
        screen.warn(f"There is no chart: {answer.chart_error or 'the rows give none'}")
        return ExitCode.FAILED if answer.chart_error else ExitCode.OK
    file = folder / "chart.html"
    await write_chart(api, answer, file)
    screen.say(f"Chart ({answer.chart.chart_type}, {answer.chart.reason.rstrip('.')}): {file}")
    return ExitCode.OK
