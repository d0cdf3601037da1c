"""The verb ``askwire evaluate``; the command line finds it by its entry point."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, runtime_checkable

import click

from askwire_evaluate.failures import EvaluationFailed
from askwire_evaluate.questions import UnreadableSet, Wording
from askwire_resources.settings import NlpSettings

__all__ = ["DatabaseServers", "command"]


@runtime_checkable
class DatabaseServers(Protocol):
    """What the command line passes in as the context's object: a way to a PostgreSQL server of our own."""

    def open_database_server(self, name: str) -> AbstractContextManager[str]:
        """Start the server kept under this name; yields a URL of its superuser, and stops it at the end."""
        ...


@click.command(short_help="score answers and charts against a set of questions")
@click.option(
    "--databases", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True,
    help="Folder with a file <name>.sql.gz for each database.",
)  # fmt: skip
@click.option("--questions", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Questions with gold.")
@click.option("--charts", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Charts with gold.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Write the report here.")
@click.option("--limit", type=click.IntRange(min=1), help="Ask only so many, spread evenly over the set.")
@click.option(
    "--wording", type=click.Choice([one.value for one in Wording]), default=Wording.QUESTION.value, show_default=True,
    help="Which wording of the questions to ask.",
)  # fmt: skip
@click.option("--column-drop", is_flag=True, help="Hide a column or table that the answer needs before asking.")
@click.option("--jobs", type=click.IntRange(min=1, max=64), help="Worker processes; default: one for each core.")
@click.option("--fresh", is_flag=True, help="Begin anew instead of going on with an interrupted run.")
@click.option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), help="The day that relative dates are counted from; default: today."
)
@click.option(
    "--database-server", "server_url", envvar="ASKWIRE_EVALUATE_SERVER",
    help="URL of somebody who may make databases and roles; default: embedded PostgreSQL.",
)  # fmt: skip
@click.pass_context
def command(
    context: click.Context,
    databases: Path,
    questions: Path | None,
    charts: Path | None,
    report: Path,
    limit: int | None,
    wording: str,
    column_drop: bool,
    jobs: int | None,
    fresh: bool,
    today: dt.datetime | None,
    server_url: str | None,
) -> None:
    """Score answers against a set of questions, or chosen charts against a set of charts.

    The report is JSON, its totals are printed. An interrupted run goes on where it was.
    """
    if (questions is None) == (charts is None):
        raise click.UsageError("Give either --questions or --charts.")
    from askwire_evaluate.report import describe
    from askwire_evaluate.run import Options, evaluate_charts, evaluate_questions

    options = Options(
        databases=databases,
        set_file=questions or charts or Path(),
        report=report,
        model=os.environ.get("NLP_MODEL") or NlpSettings().model,
        jobs=jobs or len(os.sched_getaffinity(0)),
        today=today.date() if today is not None else dt.datetime.now(tz=dt.UTC).date(),
        limit=limit,
        wording=Wording(wording),
        column_drop=column_drop,
        fresh=fresh,
    )
    try:
        if charts is not None:
            click.echo(describe(evaluate_charts(options)))
        else:
            click.echo(describe(evaluate_questions(options, _server(context.obj, server_url))))
    except (EvaluationFailed, UnreadableSet) as problem:
        raise click.ClickException(str(problem)) from problem
    except KeyboardInterrupt:
        click.echo(f"\nInterrupted; the same command goes on where it was ({report}.journal).", err=True)
        raise


def _server(passed: object, url: str | None) -> Callable[[], AbstractContextManager[str]]:
    if url is not None:
        return lambda: contextlib.nullcontext(url)
    if not isinstance(passed, DatabaseServers):
        raise click.UsageError("No PostgreSQL server can be started here; give one with --database-server.")
    return lambda: passed.open_database_server("evaluate")
