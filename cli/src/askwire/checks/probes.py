"""Do each check: one request, one look at the answer. Raises where it fails."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable

from askwire.agent_table import find_absences, find_degraded
from askwire.backend_api import BackendApi
from askwire.checks.definitions import CheckId
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.link import Link
from askwire_protocol.messages import (
    Ask,
    CatalogAnswer,
    CatalogRequest,
    ChartAnswer,
    ChartRequest,
    HealthReport,
    NlpAnswer,
    NlpQuery,
    Outcome,
    ResultColumn,
    SqlAnswer,
    SqlQuery,
    Table,
)

__all__ = ["AGENT_PROBES", "BACKEND_PROBES", "Finding", "ProbeFailed", "find_question", "phrase_question"]

_DEADLINE_S = 15.0
_HEARTBEAT_S = 5.0
_FALLBACK_QUESTION = "How many rows are there?"
_TEST_SQL = "SELECT 1 AS one, 'askwire' AS name"
# so begins what a data agent says of nearly every database: PostgreSQL gives everybody this right
_USUAL_ROLE_WARNING = "Everybody may create temporary tables in"


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """A passed check; ``warning`` is what is not as it should be and yet no failure."""

    note: str = ""
    warning: str = ""


class ProbeFailed(Exception):
    """The peer answered, and not as it must."""


async def check_health(link: Link, _question: str) -> Finding:
    """Ask for health; what the agent says of itself counts."""
    report = await link.request("health_check", {}, answer=HealthReport, deadline_s=_DEADLINE_S)
    failing = "; ".join(f"{check.name}: {check.message or 'not good'}" for check in report.checks if not check.ok)
    if not report.live or not report.ready:
        raise ProbeFailed(f"status {report.status}" + (f": {failing}" if failing else ""))
    warnings = [f"it says: {failing}"] if failing else []
    return Finding(report.status, "\n".join([*warnings, *_find_role_warnings(report)]))


def _find_role_warnings(report: HealthReport) -> list[str]:
    """Return what a data agent has to say of a role that it serves all the same."""
    said = [line for check in report.checks if check.ok and check.name == "role" for line in check.message.splitlines()]
    return [line for line in said if not line.startswith(_USUAL_ROLE_WARNING)]


async def check_heartbeat(link: Link, _question: str) -> Finding:
    """Send one heartbeat and time it."""
    try:
        round_trip_s, answer = await link.heartbeat(timeout_s=_HEARTBEAT_S)
    except TimeoutError:
        raise ProbeFailed(f"no heartbeat_response within {_HEARTBEAT_S:g} s") from None
    if answer.server_time is None or answer.from_ is None:
        raise ProbeFailed("the heartbeat_response lacks server_time or from")
    return Finding(f"{round_trip_s * 1000:.1f} ms")


async def check_nlp_query(link: Link, question: str) -> Finding:
    """Ask a real question; every outcome is an answer."""
    try:
        answer = await link.request("nlp_query", NlpQuery(query=question), answer=NlpAnswer, deadline_s=_DEADLINE_S)
    except RequestFailed as failed:
        if failed.code == ErrorCode.FAILED_PRECONDITION:
            return Finding(warning=f"it cannot answer yet: {failed.message}")
        raise
    if answer.outcome is Outcome.ANSWERED and not answer.sql:
        raise ProbeFailed("the outcome is answered and there is no SQL")
    return Finding(f"“{question}”: {answer.outcome.value}")


async def check_sql_query(link: Link, _question: str) -> Finding:
    """Run a statement that needs no table, and compare the row."""
    answer = await link.request("sql_query", SqlQuery(sql=_TEST_SQL), answer=SqlAnswer, deadline_s=_DEADLINE_S)
    if answer.rows != [[1, "askwire"]]:
        raise ProbeFailed(f"`{_TEST_SQL}` gave {answer.rows!r:.200}")
    return Finding(f"1 row in {answer.elapsed_ms:.1f} ms")


async def check_generate_chart(link: Link, _question: str) -> Finding:
    """Have three rows drawn."""
    request = ChartRequest(
        columns=(ResultColumn(name="month", type="text"), ResultColumn(name="sales", type="integer")),
        rows=[["January", 120], ["February", 95], ["March", 143]],
        title="Connectivity test",
    )
    answer = await link.request("generate_chart", request, answer=ChartAnswer, deadline_s=_DEADLINE_S)
    if answer.item is None:
        raise ProbeFailed(f"the chart ({answer.chart_type}) has no item: {answer.reason}")
    return Finding(f"{answer.chart_type}, {answer.points_shown} points")


async def check_backend_reachable(api: BackendApi, _question: str) -> Finding:
    """Read the table of agents."""
    table = await api.agents()
    return Finding(f"knows {len(table.agents)} agents")


async def check_backend_agents(api: BackendApi, _question: str) -> Finding:
    """Look whether every agent responds and is ready."""
    table = await api.agents()
    wrong = (*find_absences(table), *find_degraded(table))
    if wrong:
        raise ProbeFailed("\n".join(wrong))
    worst = max((status.rtt_ms or 0.0 for status in table.agents), default=0.0)
    return Finding(f"{len(table.agents)} agents, slowest {worst:.1f} ms")


async def check_backend_question(api: BackendApi, question: str) -> Finding:
    """Ask one question the whole way, chart included."""
    answer = await api.ask(Ask(question=question))
    if answer.outcome != Outcome.ANSWERED:
        return Finding(
            warning=f"“{question}” was not answered ({answer.outcome}): {answer.reason or 'no reason given'}"
        )
    if answer.chart_error:
        return Finding(warning=f"there are rows and no chart: {answer.chart_error}")
    rows = f"{answer.row_count} row{'s' if answer.row_count != 1 else ''}"
    return Finding(f"“{question}”: {rows} in {answer.timings.total_ms:.0f} ms")


AgentProbe = Callable[[Link, str], Awaitable[Finding]]
BackendProbe = Callable[[BackendApi, str], Awaitable[Finding]]

AGENT_PROBES: dict[CheckId, AgentProbe] = {
    CheckId.AGENT_HEALTH: check_health,
    CheckId.AGENT_HEARTBEAT: check_heartbeat,
    CheckId.NLP_QUERY: check_nlp_query,
    CheckId.SQL_QUERY: check_sql_query,
    CheckId.GENERATE_CHART: check_generate_chart,
}
BACKEND_PROBES: dict[CheckId, BackendProbe] = {
    CheckId.BACKEND_REACHABLE: check_backend_reachable,
    CheckId.BACKEND_AGENTS: check_backend_agents,
    CheckId.BACKEND_QUESTION: check_backend_question,
}


async def find_question(link: Link) -> str:
    """Return a question about the database that this data agent serves; the fallback where it has no catalog."""
    try:
        answer = await link.request("catalog", CatalogRequest(), answer=CatalogAnswer, deadline_s=_DEADLINE_S)
    except RequestFailed:
        return _FALLBACK_QUESTION
    return phrase_question(answer.tables or ())


def phrase_question(tables: tuple[Table, ...]) -> str:
    """Return a question that counts a table; the one with the plainest name, so that words are easy to place."""
    named = [table for table in tables if table.kind == "table" and table.name.isalpha()]
    if not named:
        return _FALLBACK_QUESTION
    chosen = min(named, key=lambda table: (-(table.rows or 0), table.name))
    return f"How many {chosen.name} are there?"
