"""The checks: what each proves, in which order, and what to do when it fails. The reference page is made from it."""

from __future__ import annotations

import dataclasses
import enum

__all__ = ["CHECKS", "CheckDefinition", "CheckId", "CheckOutcome", "CheckResult", "Scope", "checks_of"]


class CheckId(enum.StrEnum):
    """Stable names; each is an anchor of docs/reference/checks.md."""

    AGENT_CONNECTION = "agent-connection"
    AGENT_HEALTH = "agent-health"
    AGENT_HEARTBEAT = "agent-heartbeat"
    NLP_QUERY = "nlp-query"
    SQL_QUERY = "sql-query"
    GENERATE_CHART = "generate-chart"
    BACKEND_REACHABLE = "backend-reachable"
    BACKEND_AGENTS = "backend-agents"
    BACKEND_QUESTION = "backend-question"


class Scope(enum.StrEnum):
    """Whom a check is for."""

    ANY_AGENT = "every agent"
    NLP = "nlp"
    DATA = "data"
    VIZ = "viz"
    BACKEND = "backend"


class CheckResult(enum.StrEnum):
    """How a check ended; a warning does not fail the whole."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclasses.dataclass(frozen=True, slots=True)
class CheckDefinition:
    """One check; ``sentence`` says what holds when it is passed, ``needed`` that the ones after it rest on it."""

    id: CheckId
    scope: Scope
    sentence: str
    request_type: str | None
    cause: str
    remedy: str
    needed: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutcome:
    """What a check found; ``note`` is shown behind its sentence, ``error`` below it."""

    definition: CheckDefinition
    result: CheckResult
    note: str = ""
    error: str = ""
    elapsed_ms: float = 0.0


CHECKS: tuple[CheckDefinition, ...] = (
    CheckDefinition(
        CheckId.AGENT_CONNECTION,
        Scope.ANY_AGENT,
        "takes a connection and welcomes",
        None,
        "Nothing listens at the address, something else does, or the agent's WebSocket port is closed "
        "(`ENABLE_WEBSOCKETS=false`).",
        "See whether the process runs (`askwire status`) and what its log says; compare `WEBSOCKET_PORT` with the "
        "address; look for another program on the port. In containers the port must be published and "
        "`WEBSOCKET_HOST` be 0.0.0.0.",
        needed=True,
    ),
    CheckDefinition(
        CheckId.AGENT_HEALTH,
        Scope.ANY_AGENT,
        "is in good health",
        "health_check",
        "The agent says itself that it is not ready: the model is not loaded yet, the database cannot be reached, or "
        "it is shutting down. The failing condition is named.",
        "Wait a moment after a start (`--wait 30`). For `database`: compare the URL in `DATABASE_URL_FILE` and see "
        "whether PostgreSQL runs. Everything else is in the agent's log. A warning is about a database role that is "
        "served although it can do more than read: run the SQL that it shows, or give a role that only reads.",
    ),
    CheckDefinition(
        CheckId.AGENT_HEARTBEAT,
        Scope.ANY_AGENT,
        "answers a heartbeat",
        "heartbeat",
        "The agent took the connection and yet does not answer heartbeats: its event loop is stuck, or it is not an "
        "agent of this protocol.",
        "Restart the agent and keep its log: heartbeats are answered in milliseconds even while it works.",
    ),
    CheckDefinition(
        CheckId.NLP_QUERY,
        Scope.NLP,
        "answers a question (nlp_query)",
        "nlp_query",
        "The NLP agent failed, or has no catalog yet: it gets that from the backend with the first question.",
        "Start the backend, or ask one question through it. An agent without a catalog is a warning only.",
    ),
    CheckDefinition(
        CheckId.SQL_QUERY,
        Scope.DATA,
        "runs a statement (sql_query)",
        "sql_query",
        "The data agent has no connection to its database, or its role is refused.",
        "See the agent's health above and its log; try the URL with psql from the same machine.",
    ),
    CheckDefinition(
        CheckId.GENERATE_CHART,
        Scope.VIZ,
        "draws a chart (generate_chart)",
        "generate_chart",
        "The viz agent failed on three rows of test data.",
        "Its log has the cause; restart it.",
    ),
    CheckDefinition(
        CheckId.BACKEND_REACHABLE,
        Scope.BACKEND,
        "answers on its API",
        None,
        "No backend at the address, or something else listens there.",
        "`askwire up` starts one; `--url` names another. In containers the port must be published.",
        needed=True,
    ),
    CheckDefinition(
        CheckId.BACKEND_AGENTS,
        Scope.BACKEND,
        "gets its heartbeats answered by every agent, and none is degraded",
        None,
        "An agent does not run, the backend has another address for it (`NLP_AGENT_WS_URL` and the like), or the agent "
        "says itself that it is not ready.",
        "The sentence below the check names the agent and the reason; see its checks above, then "
        "`askwire status --watch`.",
    ),
    CheckDefinition(
        CheckId.BACKEND_QUESTION,
        Scope.BACKEND,
        "answers a question end to end",
        None,
        "A step between question and rows failed: words, statement or database.",
        "The error names the step; the agent's check above narrows it down. A question that is asked back or refused "
        "is a warning, since every part of the way worked.",
    ),
)


def checks_of(scope: Scope) -> tuple[CheckDefinition, ...]:
    """Return the checks of one target in order; an agent's begin with those of every agent."""
    if scope is Scope.BACKEND:
        return tuple(check for check in CHECKS if check.scope is Scope.BACKEND)
    return tuple(check for check in CHECKS if check.scope in {Scope.ANY_AGENT, scope})
