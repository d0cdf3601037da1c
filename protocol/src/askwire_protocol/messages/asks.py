"""``ask``: the whole way of a question, between people and the backend; and the table of agents."""

from __future__ import annotations

from typing import Any

import msgspec

from askwire_protocol.messages.charts import ChartAnswer
from askwire_protocol.messages.queries import ResultColumn
from askwire_protocol.messages.questions import Choice, ChosenAnswer, Explained

__all__ = ["AgentStatus", "AgentTable", "Ask", "AskAnswer", "AskChart", "AskTimings"]

AskChart = ChartAnswer


class Ask(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question of a person; body of ``POST /v1/ask`` and ``data`` of an ``ask`` message."""

    question: str
    """The question, in English."""
    context: Any = None
    """``context`` of the last answer, where this question goes on from it."""
    answers: tuple[ChosenAnswer, ...] = ()
    """What the asker chose when asked back; sent with the same question and the ``context`` of the answer."""
    chart: bool = True
    """False for rows alone."""
    chart_type: str | None = None
    """The wish of the asker, one of ``ChartType``; it wins where the rows allow it."""
    row_limit: int | None = None
    """Lowers the data agent's own limit, never raises it."""


class AskTimings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the time went, in milliseconds as the backend saw it; None for a stage that did not run."""

    total_ms: float
    nlp_ms: float | None = None
    sql_ms: float | None = None
    chart_ms: float | None = None


class AskAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer; ``outcome`` is answered, input_required or refused (an error is an error message, never this)."""

    question: str
    outcome: str
    timings: AskTimings
    sql: str | None = None
    explanation: tuple[Explained, ...] = ()
    """How the words became the SQL."""
    assumptions: tuple[str, ...] = ()
    """What was taken for granted because the asker did not say it, in sentences."""
    confidence: float = 0.0
    """From 0 to 1."""
    choices: tuple[Choice, ...] = ()
    """At most three readings to choose from."""
    not_understood: tuple[str, ...] = ()
    """Words of the question that mean nothing in this database."""
    reason: str | None = None
    """Why it asks back or refuses, in one sentence."""
    columns: tuple[ResultColumn, ...] = ()
    rows: list[list[Any]] = []
    """Arrays in the order of ``columns``."""
    row_count: int = 0
    truncated: bool = False
    """True when the row or byte limit cut the result."""
    chart: ChartAnswer | None = None
    chart_error: str | None = None
    """Why there is no chart although one was wanted; the rows are still the answer."""
    context: Any = None
    """Opaque; goes back with the next question that belongs to this one."""


class AgentStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One replica of an agent as the backend sees it.

    ``state`` is connecting, responding, suspect or lost. Times are ages measured by the backend's own clock.
    """

    agent: str
    agent_type: str
    url: str
    transport: str
    state: str
    instance_id: str | None = None
    version: str | None = None
    capabilities: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    last_heartbeat_age_s: float | None = None
    rtt_ms: float | None = None
    missed: int = 0
    """Heartbeats in a row that were not answered."""
    status: str | None = None
    """What it says of itself: ok, degraded, overloaded or draining."""
    problem: str | None = None
    """The conditions that a degraded agent fails, in sentences."""
    in_flight: int = 0
    loop_lag_ms: float | None = None
    since_s: float | None = None
    """Seconds in this state."""
    last_error: str | None = None
    """Why the connection failed or ended last."""


class AgentTable(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of ``GET /v1/agents`` and of an ``agents`` message."""

    agents: tuple[AgentStatus, ...]
    ready: bool
    """True when each built-in agent type has a replica that answers heartbeats and is not degraded."""
    catalog_version: str | None = None
    """Version of the catalog in use; None before one was read."""
    catalog_tables: int | None = None
