"""The table of message types: what each is, who speaks it, what its ``data`` and its answer are.

Reference page, JSON Schemas, examples and AsyncAPI documents are made from it; a new type is one row here and one line
in ``examples``.
"""

from __future__ import annotations

import enum

import msgspec

from askwire_protocol.envelope import answer_type
from askwire_protocol.messages import (
    AgentTable,
    Ask,
    AskAnswer,
    Cancel,
    CatalogAnswer,
    CatalogPut,
    CatalogPutAnswer,
    CatalogRequest,
    ChartAnswer,
    ChartLibrary,
    ChartLibraryRequest,
    ChartRequest,
    Credit,
    ExportAnswer,
    ExportRequest,
    GoAway,
    HealthReport,
    Hello,
    HelloAnswer,
    NlpAnswer,
    NlpQuery,
    Progress,
    RowChunk,
    SqlAnswer,
    SqlQuery,
    StatsReport,
    Welcome,
)

__all__ = ["AGENTS", "EVERYBODY", "MESSAGES", "Kind", "MessageSpec", "Payload", "Port"]

Payload = type[msgspec.Struct]


class Port(enum.StrEnum):
    """A kind of WebSocket port that speaks the protocol; the value is its name in sentences."""

    NLP = "NLP agent"
    DATA = "data agent"
    VIZ = "viz agent"
    BACKEND = "backend"


class Kind(enum.StrEnum):
    """Role of a message in a conversation, which decides its direction and its envelope."""

    REQUEST = "request"
    """To the port; ends in one answer or error."""
    CONTROL = "control"
    """A request that is answered at once and needs no id."""
    HEARTBEAT = "heartbeat"
    """A control request that either side sends."""
    NOTICE = "notice"
    """To the port, about a request; never answered."""
    PART = "part"
    """From the port, about a request, before its outcome."""
    EVENT = "event"
    """From the port, about the connection."""
    ERROR = "error"
    """From the port: the outcome of a request that failed, or of a message that could not be read."""
    ANSWER = "answer"
    CONTROL_ANSWER = "control answer"
    PULSE = "pulse"
    """The answer to a heartbeat."""


_ANSWER_KINDS = {Kind.REQUEST: Kind.ANSWER, Kind.CONTROL: Kind.CONTROL_ANSWER, Kind.HEARTBEAT: Kind.PULSE}
AGENTS = (Port.NLP, Port.DATA, Port.VIZ)
EVERYBODY = (*AGENTS, Port.BACKEND)


class MessageSpec(msgspec.Struct, frozen=True):
    """One type of message; ``ports`` are those that take it, or send it where its kind goes that way."""

    type: str
    kind: Kind
    ports: tuple[Port, ...]
    data: Payload | None = None
    answer: Payload | None = None

    @property
    def answer_type(self) -> str | None:
        """Type of the answer; None for a message that has none."""
        return answer_type(self.type) if self.kind in _ANSWER_KINDS else None

    @property
    def answer_spec(self) -> MessageSpec | None:
        """The answer as a message of its own; None for a message that has none."""
        if self.kind not in _ANSWER_KINDS:
            return None
        return MessageSpec(answer_type(self.type), _ANSWER_KINDS[self.kind], self.ports, self.answer)

    @property
    def received(self) -> bool:
        """True when the port takes this message from whoever is connected."""
        return self.kind in _ANSWER_KINDS or self.kind is Kind.NOTICE

    @property
    def sent(self) -> bool:
        """True when the port sends this message without being asked by one of its own."""
        return self.kind in (Kind.HEARTBEAT, Kind.PART, Kind.EVENT, Kind.ERROR)


MESSAGES = (
    MessageSpec("heartbeat", Kind.HEARTBEAT, EVERYBODY),
    MessageSpec("health_check", Kind.CONTROL, EVERYBODY, answer=HealthReport),
    MessageSpec("stats", Kind.CONTROL, EVERYBODY, answer=StatsReport),
    MessageSpec("describe", Kind.CONTROL, EVERYBODY, answer=Welcome),
    MessageSpec("hello", Kind.CONTROL, EVERYBODY, Hello, HelloAnswer),
    MessageSpec("cancel", Kind.NOTICE, EVERYBODY, Cancel),
    MessageSpec("credit", Kind.NOTICE, AGENTS, Credit),
    MessageSpec("nlp_query", Kind.REQUEST, (Port.NLP, Port.BACKEND), NlpQuery, NlpAnswer),
    MessageSpec("catalog_put", Kind.REQUEST, (Port.NLP,), CatalogPut, CatalogPutAnswer),
    MessageSpec("sql_query", Kind.REQUEST, (Port.DATA, Port.BACKEND), SqlQuery, SqlAnswer),
    MessageSpec("catalog", Kind.REQUEST, (Port.DATA,), CatalogRequest, CatalogAnswer),
    MessageSpec("generate_chart", Kind.REQUEST, (Port.VIZ, Port.BACKEND), ChartRequest, ChartAnswer),
    MessageSpec("export_chart", Kind.REQUEST, (Port.VIZ, Port.BACKEND), ExportRequest, ExportAnswer),
    MessageSpec("chart_library", Kind.REQUEST, (Port.VIZ,), ChartLibraryRequest, ChartLibrary),
    MessageSpec("ask", Kind.REQUEST, (Port.BACKEND,), Ask, AskAnswer),
    MessageSpec("agents", Kind.REQUEST, (Port.BACKEND,), answer=AgentTable),
    MessageSpec("connection_established", Kind.EVENT, EVERYBODY, Welcome),
    MessageSpec("progress_update", Kind.PART, EVERYBODY, Progress),
    MessageSpec("result_chunk", Kind.PART, AGENTS, RowChunk),
    MessageSpec("goaway", Kind.EVENT, EVERYBODY, GoAway),
    MessageSpec("error", Kind.ERROR, EVERYBODY),
)
"""What is sent to a port first, then what a port sends."""
