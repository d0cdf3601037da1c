"""``askwire up``: start everything on this machine, prove it, ask, serve."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
from collections.abc import Callable
from pathlib import Path

import click

from askwire.backend_api import BackendApi
from askwire.console import make_console
from askwire.failures import CommandFailed, ExitCode
from askwire.run_record import RunDatabase, read_record
from askwire.runner.database import AskedDatabase, open_embedded, open_given
from askwire.runner.first_question import ask_first
from askwire.runner.leftovers import end_leftovers
from askwire.runner.local_run import DATABASE_URL_FILE, TOKEN_FILE, LocalRun
from askwire.runner.plan import PlanError, PlanOptions, RunPlan, plan_run
from askwire.runner.ports import choose_loopback_host, find_holder, is_free, iterate_free_ports
from askwire.runner.screen import Screen
from askwire.runner.tls_folder import find_tls
from askwire.runner.wanted_database import DEMO_DATABASE, describe_difference, read_database_url
from askwire.state_folder import StateFolder
from askwire.target import find_run, find_target, open_target
from askwire_resources.manifest import Manifest, read_manifest
from askwire_resources.model import AgentDeployment
from askwire_resources.problems import ManifestError
from askwire_resources.samples import DEMO, read_sample
from askwire_resources.validation import find_problems_between

__all__ = ["command"]

_DATABASE_URL = "ASKWIRE_DATABASE_URL"
_TLS_FOLDER = "ASKWIRE_TLS_DIR"
DEMO_QUESTION = "What is the total revenue by month in 2025?"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    files: tuple[str, ...]
    database_url: str | None
    database: RunDatabase | None
    question: str | None
    once: bool
    listen: bool
    accept_owner: bool
    port: int | None
    start_timeout_s: float


@click.command("up")
@click.option("-f", "--file", "files", multiple=True, metavar="FILE", help="manifest to run (default: the demo's)")
@click.option("--database-url", envvar=_DATABASE_URL, metavar="URL", help="database to ask (default: a demo)")
@click.option("--demo", is_flag=True, help="ask one question of the demo once everything answers")
@click.option("--ask", "question", metavar="QUESTION", help="ask this question once everything answers")
@click.option("--once", is_flag=True, help="end after the question instead of serving")
@click.option("--listen", is_flag=True, help="bind the manifest's address instead of loopback: others can ask too")
@click.option("--accept-owner", is_flag=True, help="go on although the database's role may write")
@click.option("--port", type=click.IntRange(0, 65535), help="port of the page (0: any free one)")
@click.option(
    "--wait",
    "start_timeout_s",
    type=click.FloatRange(1, 3600),
    default=90.0,
    show_default=True,
    metavar="SECONDS",
    help="longest time until every agent answers and is ready",
)
def command(demo: bool, question: str | None, database_url: str | None, **options: object) -> int:
    """Start agents, backend and database on this machine.

    Reads AgentDeployments, starts each replica as a process and waits until every agent answers heartbeats and is
    ready, as seen from the backend. Ctrl-C lets requests in flight finish and ends everything.
    """
    wanted = _Options(
        question=question or (DEMO_QUESTION if demo else None),
        database_url=database_url,
        database=_choose_database(database_url, demo=demo),
        **options,  # type: ignore[arg-type]
    )
    resources = _read_resources(wanted.files)
    folder = StateFolder.find()
    folder.make()
    with folder.locked() as ours, Screen(make_console()) as screen:
        if not ours:
            return _use_running(folder, wanted, screen)
        stale = read_record(folder.record)
        if stale is not None:
            end_leftovers(stale, screen.warn)
            folder.record.unlink(missing_ok=True)
        plan = _make_plan(resources, wanted, folder)
        _check_ports(plan, every_address=wanted.listen)
        for note in plan.notes:
            screen.warn(note)
        if wanted.listen:
            screen.warn("--listen: whoever reaches this machine can ask the database.")
        return asyncio.run(_run(plan, wanted, folder, screen))


def _choose_database(url: str | None, *, demo: bool) -> RunDatabase | None:
    """Return the database that was named; None where none was. An empty name is no wish for the demo."""
    if url is None and os.environ.get(_DATABASE_URL) == "":
        raise click.UsageError(f"The environment variable {_DATABASE_URL} is empty: give a URL or unset it.")
    if url is None:
        return DEMO_DATABASE if demo else None
    if not url.strip():
        raise click.UsageError("--database-url is empty: give a URL, or leave the option out for the demo.")
    if demo:
        raise click.UsageError(
            f"--demo asks the demo's database, so it does not go together with --database-url (or {_DATABASE_URL})."
        )
    return read_database_url(url, os.environ)


def _read_resources(files: tuple[str, ...]) -> tuple[AgentDeployment, ...]:
    """Read all manifests; their mistakes are one failure with a line each."""
    manifests: list[Manifest] = []
    problems: list[str] = []
    for name in files or (None,):
        try:
            text = read_sample() if name is None else Path(name).read_bytes()
            manifests.append(read_manifest(text, DEMO if name is None else name))
        except OSError as problem:
            problems.append(f"{name}: {problem.strerror}")
        except ManifestError as error:
            problems += [str(problem) for problem in error.problems]
    resources = tuple(resource for manifest in manifests for resource in manifest.resources)
    if not problems:
        problems = [str(problem) for problem in find_problems_between(resources)]
    if len(problems) == 1:
        raise CommandFailed(f"{problems[0]}.", ExitCode.USAGE)
    if problems:
        raise CommandFailed(f"The manifest has {len(problems)} mistakes:", ExitCode.USAGE, details=tuple(problems))
    return resources


def _make_plan(resources: tuple[AgentDeployment, ...], wanted: _Options, folder: StateFolder) -> RunPlan:
    options = PlanOptions(
        bind_host=None if wanted.listen else choose_loopback_host(),
        port=wanted.port,
        database_url_file=str(folder.path / DATABASE_URL_FILE),
        accept_owner=wanted.accept_owner,
        token_file=str(folder.path / TOKEN_FILE),
        tls=find_tls(resources, os.environ.get(_TLS_FOLDER)),
    )
    try:
        return plan_run(resources, options, iterate_free_ports())
    except PlanError as problem:
        raise CommandFailed(f"The manifest cannot run here: {problem}.", ExitCode.USAGE) from problem


def _check_ports(plan: RunPlan, *, every_address: bool) -> None:
    busy = [
        f"port {port} of {process.name} is in use" + (f" by {holder}" if (holder := find_holder(port)) else "")
        for process in plan.processes
        for port in process.ports.numbers()
        if not is_free(port, every_address=every_address)
    ]
    if busy:
        more = f" (and {len(busy) - 2} more)" if len(busy) > 2 else ""
        sentence = "; ".join(busy[:2]) + more
        raise CommandFailed(
            f"{sentence[0].upper()}{sentence[1:]}; end that program or change the manifest's ports (the page: --port).",
            ExitCode.NOT_STARTED,
        )


async def _run(plan: RunPlan, wanted: _Options, folder: StateFolder, screen: Screen) -> int:
    stop = asyncio.Event()
    run = LocalRun(
        plan,
        folder,
        screen,
        stop,
        start_timeout_s=wanted.start_timeout_s,
        database=wanted.database or DEMO_DATABASE,
        manifests=_find_paths(wanted.files),
    )

    def on_signal() -> None:
        if stop.is_set():
            run.hurry()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, on_signal)

    async def when_ready(api: BackendApi) -> ExitCode | None:
        code = ExitCode.OK
        if wanted.question:
            code = await ask_first(api, wanted.question, screen, folder.path, strict=wanted.once)
        if wanted.once:
            return code
        screen.say(f"Page: {plan.page_url}  (Ctrl-C ends everything; logs in {folder.logs})")
        return None

    return await run.run(_database_opener(wanted, folder, screen), when_ready)


def _database_opener(wanted: _Options, folder: StateFolder, screen: Screen) -> Callable[[], AskedDatabase]:
    def open_database() -> AskedDatabase:
        if wanted.database_url:
            return open_given(wanted.database_url, folder, screen.say, accept_owner=wanted.accept_owner)
        return open_embedded(folder, screen.wait)

    return open_database


def _find_paths(files: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(Path(file).resolve()) for file in files)


def _use_running(folder: StateFolder, wanted: _Options, screen: Screen) -> int:
    record = find_run(folder)
    if record is None:
        raise CommandFailed("Another `askwire up` is starting or ending; try again in a moment.", ExitCode.NOT_STARTED)
    if other := describe_difference(record, wanted.database, _find_paths(wanted.files)):
        raise CommandFailed(
            f"Askwire is running already and {other}; end it with `askwire down` first.", ExitCode.NOT_STARTED
        )
    state = "is running" if record.phase == "serving" else f"is {record.phase}"
    screen.say(f"Askwire {state} (process {record.process.pid}). Page: {record.page_url}")
    if wanted.question is None or record.phase != "serving":
        return ExitCode.OK
    question = wanted.question

    async def ask() -> ExitCode:
        async with open_target(find_target(None)) as api:
            return await ask_first(api, question, screen, folder.path, strict=True)

    return asyncio.run(ask())
