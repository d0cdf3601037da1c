"""One local run from its first process to its last: start, prove, ask, serve, end."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import secrets
from collections.abc import Awaitable, Callable

from askwire.backend_api import BackendApi, open_backend
from askwire.failures import CommandFailed, ExitCode
from askwire.run_record import ProcessMark, RunAgent, RunDatabase, RunRecord, mark_of, write_record
from askwire.runner.child import ChildEnded, ChildEvent, ChildFailed, ChildHung, describe_exit
from askwire.runner.database import AskedDatabase
from askwire.runner.database_keeper import DatabaseKeeper
from askwire.runner.log_lines import read_last_lines
from askwire.runner.plan import PlannedProcess, RunPlan
from askwire.runner.readiness import describe_late, explain_waiting
from askwire.runner.screen import Screen
from askwire.runner.startup import StartupWatch
from askwire.runner.supervisor import Supervisor
from askwire.state_folder import StateFolder
from askwire_protocol.errors import ConnectionFailed, RequestFailed
from askwire_protocol.messages import AgentStatus, AgentTable
from askwire_protocol.tls import TlsTrust

__all__ = ["LocalRun"]

_POLL_S = 0.1
_LOG_LINES = 8
TOKEN_FILE = "token"  # noqa: S105 - the name of a file
DATABASE_URL_FILE = "database-url"


@dataclasses.dataclass(slots=True)
class _Start:
    """What has happened since the start; read by the watch, written by the supervisor's reports."""

    over: bool = False
    failed: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    ended: ChildEnded | None = None


class LocalRun:
    """Runs a plan; ``stop`` is set from outside when it is to end."""

    def __init__(
        self,
        plan: RunPlan,
        folder: StateFolder,
        screen: Screen,
        stop: asyncio.Event,
        *,
        start_timeout_s: float,
        database: RunDatabase | None = None,
        manifests: tuple[str, ...] = (),
    ) -> None:
        self._plan = plan
        self._folder = folder
        self._screen = screen
        self._stop = stop
        self._start_timeout_s = start_timeout_s
        self._recorded_database = database
        self._manifests = manifests
        self._start = _Start()
        self._phase = "starting"
        self._opening: asyncio.Task[AskedDatabase] | None = None
        self._database: AskedDatabase | None = None
        self._keeper: DatabaseKeeper | None = None
        self._supervisor: Supervisor | None = None

    async def run(
        self,
        open_database: Callable[[], AskedDatabase],
        when_ready: Callable[[BackendApi], Awaitable[ExitCode | None]],
    ) -> ExitCode:
        """Start everything, call ``when_ready``, and serve until the stop unless that returned an exit code.

        Raises:
            CommandFailed: something did not start; everything that did has ended again.
        """
        self._write_record("starting")
        failure: CommandFailed | None = None
        code = ExitCode.NOT_STARTED
        try:
            async with asyncio.TaskGroup() as group:
                tls = TlsTrust(self._plan.ca_file)
                self._supervisor = Supervisor(group, self._folder.logs, self._on_child, tls=tls)
                try:
                    code = await self._serve(group, self._supervisor, open_database, when_ready)
                except CommandFailed as problem:
                    failure = problem  # raised below: a group would wrap it
                finally:
                    await self._end(self._supervisor)
        finally:
            self._folder.record.unlink(missing_ok=True)
            (self._folder.path / DATABASE_URL_FILE).unlink(missing_ok=True)
        if failure is not None:
            raise failure
        if self._stop.is_set():
            with contextlib.suppress(OSError):  # the terminal may be what went away
                self._screen.done("everything has ended")
        return code

    def hurry(self) -> None:
        """End without waiting for requests in flight."""
        if self._supervisor is not None:
            self._supervisor.kill()

    async def _serve(
        self,
        group: asyncio.TaskGroup,
        supervisor: Supervisor,
        open_database: Callable[[], AskedDatabase],
        when_ready: Callable[[BackendApi], Awaitable[ExitCode | None]],
    ) -> ExitCode:
        token = self._make_token()
        async with open_backend(
            self._plan.backends[0].address.http_url, token=token, ca_file=self._plan.ca_file
        ) as api:
            if not await self._until_stop(self._start_all(group, supervisor, open_database, api, token)):
                return ExitCode.INTERRUPTED
            self._start.over = True
            supervisor.watch_liveness()
            self._write_record("serving")
            result = await self._until_stop(when_ready(api))
            if isinstance(result, ExitCode):
                return result
            await self._stop.wait()
            return ExitCode.OK

    async def _until_stop(self, work: Awaitable[object]) -> object:
        """Return the outcome of the work, or False as soon as the run is to stop; the work is then cancelled."""
        task = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait((task, stop), return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else False
        finally:
            for each in (task, stop):
                each.cancel()
            await asyncio.gather(task, stop, return_exceptions=True)

    async def _start_all(
        self,
        group: asyncio.TaskGroup,
        supervisor: Supervisor,
        open_database: Callable[[], AskedDatabase],
        api: BackendApi,
        token: str | None,
    ) -> bool:
        later = [process for process in self._plan.processes if "DATABASE_URL_FILE" in process.environment]
        for process in self._plan.processes:
            if process not in later:
                supervisor.start(process)
        self._screen.wait("starting the database")
        # The processes load their models meanwhile; only the data agent has to wait.
        self._opening = asyncio.create_task(asyncio.to_thread(open_database))
        died = asyncio.create_task(self._start.failed.wait())
        await asyncio.wait((self._opening, died), return_when=asyncio.FIRST_COMPLETED)
        died.cancel()
        self._raise_if_died()
        self._database = await self._opening
        if self._database.server is not None:
            # its end fails no start: the agents wait for it, and the start has a limit of its own
            self._keeper = DatabaseKeeper(self._database.server, self._tell)
            group.create_task(self._keeper.run(), name="postgres")
        self._folder.write_secret(DATABASE_URL_FILE, self._database.url)
        self._screen.done(self._database.description)
        for warning in self._database.warnings:
            self._screen.warn(warning)
        for process in later:
            supervisor.start(process)
        await self._prove(supervisor, api, token)
        return True

    async def _prove(self, supervisor: Supervisor, api: BackendApi, token: str | None) -> None:
        """Wait until every backend has heard of every agent of its mesh that it is ready."""
        watches = [StartupWatch(backend, self._plan.agents) for backend in self._plan.backends]
        try:
            async with asyncio.timeout(self._start_timeout_s), contextlib.AsyncExitStack() as stack:
                for index, watch in enumerate(watches):
                    url = watch.backend.address.http_url
                    other = open_backend(url, token=token, ca_file=self._plan.ca_file)
                    own = api if index == 0 else await stack.enter_async_context(other)
                    await self._watch_backend(watch, own)
        except TimeoutError:
            raise await self._late(supervisor, watches) from None
        count = len(self._plan.agents)
        self._screen.rest()
        self._screen.done(f"all {count} agents answer heartbeats" if count != 1 else "the agent answers heartbeats")

    async def _watch_backend(self, watch: StartupWatch, api: BackendApi) -> None:
        while not watch.complete:
            self._raise_if_died()
            table = await self._read_table(api)
            if table is not None:
                if not watch.reached:
                    self._screen.done(f"{watch.backend.name} is up on {watch.backend.address.http_url}")
                for fresh in watch.update(table):
                    rtt = f", round trip {fresh.status.rtt_ms:.1f} ms" if fresh.status.rtt_ms is not None else ""
                    self._screen.done(f"{fresh.name} answers heartbeats on {fresh.status.url}{rtt}")
            self._screen.wait(f"waiting for {_describe_missing(watch)}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._start.failed.wait(), _POLL_S)

    async def _read_table(self, api: BackendApi) -> AgentTable | None:
        with contextlib.suppress(ConnectionFailed, RequestFailed):
            return await api.agents(timeout_s=2.0)
        return None

    def _on_child(self, event: ChildEvent) -> None:
        if isinstance(event, ChildEnded) and not self._start.over:
            self._start.ended = self._start.ended or event
            self._start.failed.set()
            return
        self._tell(event)

    def _tell(self, event: ChildEvent) -> None:
        match event:
            case ChildEnded():
                what = f"{event.name} {describe_exit(event.exit_code)} after {event.uptime_s:.0f} s"
                self._screen.warn(f"{what}; it starts again in {event.wait_s:.1f} s")
            case ChildFailed():
                self._screen.warn(f"{event.name}: {event.reason} It is tried again in {event.wait_s:.1f} s.")
            case ChildHung():
                self._screen.warn(f"{event.name} hangs ({event.reason}); it is ended and starts again")
            case _:
                if event.restarts:
                    self._screen.say(f"  {event.name} started again (process {event.pid})")
                self._write_record(self._phase)  # at once: a run that is killed leaves nothing unknown behind

    def _raise_if_died(self) -> None:
        event = self._start.ended
        if event is None:
            return
        log = self._folder.logs / f"{event.name}.log"
        lines = read_last_lines(log, _LOG_LINES)
        raise CommandFailed(
            f"{event.name} {describe_exit(event.exit_code)} before it was ready; its log is {log}.",
            ExitCode.NOT_STARTED,
            details=lines,
        )

    async def _late(self, supervisor: Supervisor, watches: list[StartupWatch]) -> CommandFailed:
        """Say who is not ready, what it waits for by its own account, and the end of its log."""
        statuses: dict[str, AgentStatus | None] = {}
        for watch in watches:
            statuses |= dict(watch.missing()) if watch.reached else {watch.backend.name: None}
        details: list[str] = []
        urls = {process.name: process.address.http_url for process in self._plan.processes}
        for name, status in statuses.items():
            if name in self._agent_names():
                details += await explain_waiting(name, status, urls[name], TlsTrust(self._plan.ca_file))
            details += [f"{name}: {line}" for line in read_last_lines(supervisor.log_of(name), 3)]
        return CommandFailed(
            f"{describe_late(statuses, self._start_timeout_s)}; the logs are in {self._folder.logs}.",
            ExitCode.NOT_STARTED,
            details=tuple(details),
        )

    def _agent_names(self) -> set[str]:
        return {process.name for process in self._plan.agents}

    async def _end(self, supervisor: Supervisor) -> None:
        """End backends, agents and database, in this order; a second signal kills what still runs."""
        self._start.over = True
        self._write_record("stopping")
        self._screen.start_clock()
        self._screen.wait("ending: requests in flight are finished")
        for name in await supervisor.stop():
            self._screen.warn(f"{name} did not end in its drain time and was killed")
        if self._keeper is not None:
            await self._keeper.stop()
        if self._opening is not None:
            with contextlib.suppress(CommandFailed):
                await asyncio.to_thread((await self._opening).close)
        self._screen.rest()

    def _make_token(self) -> str | None:
        if not self._plan.needs_token:
            return None
        token = secrets.token_urlsafe(32)
        self._folder.write_secret(TOKEN_FILE, token)
        return token

    def _write_record(self, phase: str) -> None:
        self._phase = phase
        children = self._supervisor.marks() if self._supervisor is not None else ()
        postgres = self._database.mark() if self._database is not None else None
        record = RunRecord(
            process=mark_of("askwire up", os.getpid()),
            phase=phase,
            page_url=self._plan.page_url,
            logs=str(self._folder.logs),
            agents=tuple(_to_record(process) for process in self._plan.agents),
            children=(*children, *_as_tuple(postgres)),
            token_file=str(self._folder.path / TOKEN_FILE) if self._plan.needs_token else None,
            ca_file=self._plan.ca_file,
            database=self._recorded_database,
            manifests=self._manifests,
        )
        write_record(self._folder.record, record)


def _describe_missing(watch: StartupWatch) -> str:
    if not watch.reached:
        return watch.backend.name
    return ", ".join(
        f"{name} ({status.problem})" if status is not None and status.problem else name
        for name, status in watch.missing()
    )


def _as_tuple(mark: ProcessMark | None) -> tuple[ProcessMark, ...]:
    return (mark,) if mark is not None else ()


def _to_record(process: PlannedProcess) -> RunAgent:
    return RunAgent(
        name=process.name,
        type=process.type.value,
        http_url=process.address.http_url,
        websocket_url=process.address.websocket_url,
    )
