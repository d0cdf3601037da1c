"""Checks against real agents over real sockets: what passes, and how each one fails."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
from websockets.asyncio.server import serve

from askwire.checks.definitions import CHECKS, CheckId, CheckOutcome, CheckResult, Scope
from askwire.checks.execution import CheckTarget, TargetReport, run_checks
from askwire.checks.report import has_failed, render_json, show_report, show_summary
from askwire.commands.check import choose_targets
from askwire.console import make_console
from askwire.main import run
from askwire.run_record import RunAgent
from askwire.target import Target
from askwire_agent import Agent, Request, Service
from askwire_data.role_check import RoleFacts, warnings_of
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import (
    CatalogAnswer,
    CatalogRequest,
    ChartAnswer,
    ChartRequest,
    Check,
    NlpAnswer,
    NlpQuery,
    Outcome,
    ResultColumn,
    SqlAnswer,
    SqlQuery,
    Table,
)
from askwire_resources.settings import AgentSettings

Start = Callable[[Agent], Awaitable[Service]]
_SETTINGS = AgentSettings(websocket_port=0, http_port=0, drain_s=0.5)
_COLUMNS = (ResultColumn(name="one", type="integer"), ResultColumn(name="name", type="text"))


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start an agent on free ports; all are stopped after the test."""
    running: list[tuple[Service, asyncio.Task[None]]] = []

    async def begin(agent: Agent) -> Service:
        service = Service(agent)
        running.append((service, asyncio.create_task(service.run())))
        await asyncio.wait_for(service.started.wait(), 20)
        return service

    yield begin
    for service, task in running:
        service.stop.set()
        await asyncio.wait_for(task, 20)


def _data(rows: list[list[Any]] | None = None, *, ok: bool = True) -> Agent:
    agent = Agent("data-agent", "data", _SETTINGS)

    async def query(_: Request[SqlQuery]) -> SqlAnswer:
        found = [[1, "askwire"]] if rows is None else rows
        return SqlAnswer(columns=_COLUMNS, rows=found, row_count=len(found))

    async def catalog(_: Request[CatalogRequest]) -> CatalogAnswer:
        return CatalogAnswer(version="1", tables=(Table(schema="s", name="books", rows=3),))

    agent.handle("sql_query", query, request=SqlQuery)
    agent.handle("catalog", catalog, request=CatalogRequest)
    agent.check("database", lambda: Check(name="database", ok=ok, message="" if ok else "refused"))
    return agent


def _nlp(answer: Callable[[NlpQuery], NlpAnswer]) -> Agent:
    agent = Agent("nlp-agent", "nlp", _SETTINGS)

    async def query(request: Request[NlpQuery]) -> NlpAnswer:
        return answer(request.data)

    agent.handle("nlp_query", query, request=NlpQuery)
    return agent


def _viz(item: Any) -> Agent:
    agent = Agent("viz-agent", "viz", _SETTINGS)

    async def chart(_: Request[ChartRequest]) -> ChartAnswer:
        return ChartAnswer(chart_type="bar", reason="few rows", item=item, points_shown=3)

    agent.handle("generate_chart", chart, request=ChartRequest)
    return agent


def _target(service: Service, scope: Scope = Scope.ANY_AGENT) -> CheckTarget:
    return CheckTarget(name="agent", url=f"ws://127.0.0.1:{service.websocket_port}", scope=scope)


async def _reports(*targets: CheckTarget, wait_s: float = 0.0) -> list[TargetReport]:
    return [report async for report in run_checks(targets, wait_s=wait_s)]


async def _outcomes(*targets: CheckTarget) -> dict[CheckId, CheckOutcome]:
    reports = await _reports(*targets)
    return {outcome.definition.id: outcome for outcome in reports[-1].outcomes}


async def test_good_agents_pass_every_check(start: Start) -> None:
    """Welcome, health, heartbeat and a real request; the question is about the database that is there."""
    asked: list[str] = []

    def answer(query: NlpQuery) -> NlpAnswer:
        asked.append(query.query)
        return NlpAnswer(outcome=Outcome.ANSWERED, sql="SELECT 1")

    services = [await start(agent) for agent in (_data(), _nlp(answer), _viz({"doc": 1}))]
    reports = await _reports(*(_target(service) for service in services))
    assert not has_failed(reports)
    assert [[outcome.definition.id.value for outcome in report.outcomes][-1] for report in reports] == [
        "sql-query",
        "nlp-query",
        "generate-chart",
    ]
    assert {outcome.result for report in reports for outcome in report.outcomes} == {CheckResult.OK}
    assert asked == ["How many books are there?"]


async def test_http_addresses_are_checked_alike(start: Start) -> None:
    """An agent whose WebSocket port is closed is checked over HTTP with the same checks."""
    service = await start(_data())
    found = await _outcomes(CheckTarget(name="data", url=f"http://127.0.0.1:{service.http_port}", scope=Scope.DATA))
    assert {outcome.result for outcome in found.values()} == {CheckResult.OK}


async def test_nobody_at_the_address() -> None:
    """agent-connection fails, and what rests on it is not tried."""
    found = await _outcomes(CheckTarget(name="nlp", url="ws://127.0.0.1:1", scope=Scope.NLP))
    assert found[CheckId.AGENT_CONNECTION].error == "nothing listens there (connection refused)"
    assert {found[CheckId.AGENT_HEALTH].result, found[CheckId.NLP_QUERY].result} == {CheckResult.SKIPPED}


async def test_unready_agent(start: Start) -> None:
    """agent-health fails with the condition that the agent names."""
    service = await start(_data(ok=False))
    outcome = (await _outcomes(_target(service)))[CheckId.AGENT_HEALTH]
    assert outcome.result is CheckResult.ERROR
    assert "database: refused" in outcome.error


_TEMPORARY = RoleFacts(role="bob", database="sales", everybody_on_database=("TEMPORARY",))
_CREATING = msgspec.structs.replace(_TEMPORARY, everybody_creates=("public",))
_ACCEPTED = "The database role bob can do more than read: it owns public.books."


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (warnings_of(_TEMPORARY), ()),
        (warnings_of(_CREATING), warnings_of(_CREATING)[:1]),
        ((_ACCEPTED, *warnings_of(_TEMPORARY)), (_ACCEPTED,)),
        (
            warnings_of(msgspec.structs.replace(_TEMPORARY, everybody_on_database=("CREATE", "TEMPORARY"))),
            warnings_of(msgspec.structs.replace(_TEMPORARY, everybody_on_database=("CREATE", "TEMPORARY"))),
        ),
    ],
)
async def test_a_role_that_is_served_with_a_warning(
    start: Start, said: tuple[str, ...], shown: tuple[str, ...]
) -> None:
    """What the data agent says of its role is a warning, at once; what PostgreSQL gives everybody is not said."""
    agent = _data()
    agent.check("role", lambda: Check(name="role", ok=True, message="\n".join(said)))
    reports = await _reports(_target(await start(agent)), wait_s=50)
    outcome = next(one for one in reports[0].outcomes if one.definition.id is CheckId.AGENT_HEALTH)
    assert outcome.error == "\n".join(shown)
    assert outcome.result is (CheckResult.WARNING if shown else CheckResult.OK)
    assert not has_failed(reports)


async def test_peer_that_answers_no_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    """agent-heartbeat fails where a peer welcomes and then says nothing."""
    monkeypatch.setattr("askwire.checks.probes._HEARTBEAT_S", 0.1)
    monkeypatch.setattr("askwire.checks.probes._DEADLINE_S", 0.1)
    welcome = {"type": "connection_established", "data": {"capabilities": []}, "from": "mute-agent"}

    async def handle(socket: Any) -> None:
        await socket.send(msgspec.json.encode(welcome).decode())
        await socket.wait_closed()

    async with serve(handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        found = await _outcomes(CheckTarget(name="mute", url=f"ws://127.0.0.1:{port}", scope=Scope.ANY_AGENT))
    assert found[CheckId.AGENT_CONNECTION].result is CheckResult.OK
    assert found[CheckId.AGENT_HEARTBEAT].error == "no heartbeat_response within 0.1 s"


async def test_wrong_rows(start: Start) -> None:
    """sql-query fails when the rows are not those of the statement."""
    outcome = (await _outcomes(_target(await start(_data(rows=[[2, "x"]])))))[CheckId.SQL_QUERY]
    assert outcome.error == "`SELECT 1 AS one, 'askwire' AS name` gave [[2, 'x']]"


async def test_chart_without_an_item(start: Start) -> None:
    """generate-chart fails when nothing could be drawn."""
    outcome = (await _outcomes(_target(await start(_viz(None)))))[CheckId.GENERATE_CHART]
    assert outcome.error == "the chart (bar) has no item: few rows"


async def test_nlp_agent_without_a_catalog_is_a_warning(start: Start) -> None:
    """nlp-query warns while the catalog is missing, since the agent itself is well."""

    def wait(_: NlpQuery) -> NlpAnswer:
        raise RequestFailed(ErrorCode.FAILED_PRECONDITION, "waiting for the catalog")

    service = await start(_nlp(wait))
    reports = await _reports(_target(service))
    outcome = reports[0].outcomes[-1]
    assert (outcome.result, outcome.error) == (CheckResult.WARNING, "it cannot answer yet: waiting for the catalog")
    assert not has_failed(reports)


async def test_nlp_agent_that_fails(start: Start) -> None:
    """nlp-query fails with the code of the error, and on an answer that contradicts itself."""

    def fail(_: NlpQuery) -> NlpAnswer:
        raise RequestFailed(ErrorCode.OVERLOADED, "full")

    outcome = (await _outcomes(_target(await start(_nlp(fail)))))[CheckId.NLP_QUERY]
    assert outcome.error == "OVERLOADED: full"
    empty = await start(_nlp(lambda _: NlpAnswer(outcome=Outcome.ANSWERED)))
    assert "there is no SQL" in (await _outcomes(_target(empty)))[CheckId.NLP_QUERY].error


async def test_failed_checks_are_tried_again(start: Start) -> None:
    """With time to wait, an agent that comes to itself passes."""
    answers = iter([[[0, ""]], [[1, "askwire"]]])
    agent = Agent("data-agent", "data", _SETTINGS)

    async def query(_: Request[SqlQuery]) -> SqlAnswer:
        return SqlAnswer(columns=_COLUMNS, rows=next(answers), row_count=1)

    agent.handle("sql_query", query, request=SqlQuery)
    reports = await _reports(_target(await start(agent)), wait_s=20)
    assert not has_failed(reports)


def test_backend_checks(small_backend: Any, samples: Any) -> None:
    """The backend's three checks pass, and each fails or warns for its own reason."""
    target = CheckTarget(name="backend", url=small_backend.url, scope=Scope.BACKEND)

    def results() -> list[str]:
        return [outcome.result.value for outcome in asyncio.run(_reports(target))[0].outcomes]

    assert results() == ["ok", "ok", "ok"]
    small_backend.answer = lambda _: samples.answer(outcome="refused", reason="unclear")
    assert results() == ["ok", "ok", "warning"]
    small_backend.answer = samples.failing(ErrorCode.SQL_FAILED, "no")
    small_backend.table = samples.table(samples.status("nlp", state="lost"))
    assert results() == ["ok", "error", "error"]
    nowhere = CheckTarget(name="backend", url="http://127.0.0.1:1", scope=Scope.BACKEND)
    outcomes = asyncio.run(_reports(nowhere))[0].outcomes
    assert [outcome.result.value for outcome in outcomes] == ["error", "skipped", "skipped"]


async def test_report_has_a_line_for_each_check_and_a_hint_below_a_failure() -> None:
    """The output is read by people in a hurry: mark, sentence, error, where to read on, and a sum."""
    target = CheckTarget(name="nlp agent", url="ws://127.0.0.1:1", scope=Scope.NLP)
    reports = await _reports(target)
    stream = io.StringIO()
    console = make_console(stream)
    show_report(console, reports[0])
    show_summary(console, reports)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "nlp agent (ws://127.0.0.1:1)"
    assert set(lines[1]) == {"-"}
    assert lines[2].endswith("takes a connection and welcomes")
    assert lines[3:5] == [
        "    nothing listens there (connection refused)",
        "    see docs/reference/checks.md#agent-connection",
    ]
    assert lines[-1] == "0 of 4 checks passed, 1 failed, 3 not tried."
    short = io.StringIO()
    show_report(make_console(short), reports[0], only_problems=True)
    assert "not tried" not in short.getvalue()
    checks = json.loads(render_json(reports))["targets"][0]["checks"]
    assert (checks[0]["result"], checks[0]["hint"]) == ("error", "docs/reference/checks.md#agent-connection")


def test_sql_of_an_error_is_shown_in_lines() -> None:
    """What a person is to run can be copied, and nothing else that a terminal would obey comes through."""
    error = "the role may write; run:\nREVOKE INSERT ON a\n  FROM b;\x1b[2J"
    outcome = CheckOutcome(definition=CHECKS[1], result=CheckResult.ERROR, error=error)
    target = CheckTarget(name="data-0", url="ws://127.0.0.1:1", scope=Scope.DATA)
    stream = io.StringIO()
    show_report(make_console(stream), TargetReport(target=target, outcomes=(outcome,)))
    assert stream.getvalue().splitlines()[3:6] == [
        "    the role may write; run:",
        "    REVOKE INSERT ON a",
        "      FROM b;�[2J",
    ]


def test_targets_come_from_names_the_run_or_the_usual_ports() -> None:
    """What was named wins; then what runs; then the ports of the documentation."""
    usual = choose_targets(Target(url="http://localhost:8000"), (), backend_named=False)
    assert [target.url for target in usual] == [
        "ws://localhost:8011",
        "ws://localhost:8012",
        "ws://localhost:8013",
        "http://localhost:8000",
    ]
    agents = (RunAgent(name="nlp-0", type="nlp", http_url="http://h:1"),)
    running = choose_targets(Target(url="http://b", agents=agents, from_run=True), (), backend_named=False)
    assert [(target.url, target.scope) for target in running] == [
        ("http://h:1", Scope.NLP),
        ("http://b", Scope.BACKEND),
    ]
    named = choose_targets(Target(url="http://b"), ("ws://a",), backend_named=False)
    assert [(target.url, target.scope) for target in named] == [("ws://a", Scope.ANY_AGENT)]
    assert len(choose_targets(Target(url="http://b"), ("ws://a",), backend_named=True)) == 2


def test_check_as_a_command(small_backend: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The code is 1 when a check failed; a wrong address is wrong use."""
    assert run(["check", "--agent-url", "ws://127.0.0.1:1", "--url", small_backend.url]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "3 of 6 checks passed, 1 failed, 2 not tried."
    assert run(["check", "--agent-url", "localhost:8011"]) == 2
    assert "must begin with ws:// or http://" in capsys.readouterr().err
    assert run(["check", "-o", "json", "--agent-url", "ws://127.0.0.1:1"]) == 1
    assert json.loads(capsys.readouterr().out)["success"] is False
