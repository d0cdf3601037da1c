"""``askwire ask``: one question from the terminal."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.text import Text

from askwire.answers import show_answer, show_assumptions, show_choices, show_refusal
from askwire.backend_api import BackendApi
from askwire.chart_files import choose_format, write_chart
from askwire.console import clean_lines, make_console
from askwire.failures import CommandFailed, ExitCode
from askwire.runner.screen import Screen
from askwire.target import Target, find_target, open_target
from askwire_protocol.messages import Ask, AskAnswer, Choice, ChosenAnswer, Outcome, Progress

__all__ = ["command"]

_REST_HINT = "--rows 0 shows all, --chart FILE.csv writes them"
_STAGES = {"nlp": "reading the question", "sql": "asking the database", "chart": "drawing"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    question: str
    only_sql: bool
    rows: int
    as_json: bool
    chart: Path | None
    choose: int | None


@click.command("ask")
@click.argument("question", nargs=-1, required=True)
@click.option("--sql", "only_sql", is_flag=True, help="print the SQL alone (what was assumed goes to standard error)")
@click.option(
    "--rows",
    type=click.IntRange(min=0),
    default=50,
    show_default=True,
    metavar="N",
    help="print at most N rows, on a terminal and elsewhere; 0 prints all",
)
@click.option("--json", "as_json", is_flag=True, help="print the whole answer as JSON")
@click.option(
    "--chart",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="write the chart to FILE (.html, .png, .svg) or the rows (.csv)",
)
@click.option("--choose", type=click.IntRange(min=1), metavar="N", help="take the Nth reading where it asks back")
@click.option("--url", envvar="ASKWIRE_URL", help="backend to ask (default: the running one, or localhost:8000)")
@click.option("--token-file", envvar="ASKWIRE_TOKEN_FILE", help="file that holds the mesh's token")
@click.option("--ca", "ca_file", envvar="TLS_CA_FILE", metavar="FILE", help="authorities of https:// and wss:// (PEM)")
def command(
    question: tuple[str, ...], url: str | None, token_file: str | None, ca_file: str | None, **options: object
) -> int:
    """Ask QUESTION (in English, with or without quotes) and show the SQL, how each word was understood, and the rows.

    Where the question can be read in more than one way it asks back; a question that is not understood is refused
    with the reason. Both end with code 1.
    """
    wish = _Wish(question=" ".join(question), **options)  # type: ignore[arg-type]
    if not wish.question.strip():
        raise CommandFailed("The question is empty.", ExitCode.USAGE)
    if wish.chart is not None:
        choose_format(wish.chart)
    return asyncio.run(_ask(wish, find_target(url, token_file, ca_file)))


async def _ask(wish: _Wish, target: Target) -> int:
    console = make_console()
    async with open_target(target) as api:
        answer = await _ask_once(api, Ask(question=wish.question, chart=wish.chart is not None or wish.as_json))
        if answer.outcome == Outcome.INPUT_REQUIRED and (choice := _choose(answer, wish)):
            again = Ask(
                question=wish.question,
                context=answer.context,
                answers=(ChosenAnswer(id=choice.id),),
                chart=wish.chart is not None or wish.as_json,
            )
            answer = await _ask_once(api, again)
        elif answer.outcome == Outcome.ANSWERED and wish.choose is not None:
            unused = f"--choose {wish.choose} was not used: the question was answered without asking back."
            make_console(error=True).print(Text(unused, style="yellow"))
        _print(console, answer, wish)
        if answer.outcome != Outcome.ANSWERED:
            return ExitCode.FAILED
        if wish.chart is not None:
            await write_chart(api, answer, wish.chart)
            make_console(error=True).print(f"Wrote {wish.chart}")
    return ExitCode.OK


async def _ask_once(api: BackendApi, ask: Ask) -> AskAnswer:
    with Screen(make_console(error=True)) as screen:
        screen.wait("asking")

        def on_progress(progress: Progress) -> None:
            screen.wait(progress.message or _STAGES.get(progress.stage, progress.stage))

        return await api.ask(ask, on_progress)


def _choose(answer: AskAnswer, wish: _Wish) -> Choice | None:
    """Return the reading that was named or that a person picks; None where nobody can be asked."""
    if wish.choose is not None:
        if wish.choose > len(answer.choices):
            raise CommandFailed(
                f"--choose {wish.choose} is too high: there are {len(answer.choices)} readings.", ExitCode.USAGE
            )
        return answer.choices[wish.choose - 1]
    if wish.as_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    show_choices(make_console(error=True), answer)
    number: int = click.prompt("Which one", type=click.IntRange(1, len(answer.choices)), err=True)
    return answer.choices[number - 1]


def _print(console: Console, answer: AskAnswer, wish: _Wish) -> None:
    if wish.as_json:
        text = msgspec.json.format(msgspec.json.encode(answer), indent=2).decode()
        click.echo(text)
    elif answer.outcome == Outcome.ANSWERED and wish.only_sql:
        show_assumptions(make_console(error=True), answer)
        console.print(Text(clean_lines(answer.sql or "")), soft_wrap=True)
    elif answer.outcome == Outcome.ANSWERED:
        show_answer(console, answer, max_rows=wish.rows or None, rest_hint=_REST_HINT)
    elif answer.outcome == Outcome.INPUT_REQUIRED:
        show_choices(console, answer)
        console.print("Choose one with --choose N.")
    else:
        show_refusal(console, answer)
