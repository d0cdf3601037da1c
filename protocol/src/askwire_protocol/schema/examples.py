"""One example of each message on the wire, typed, so that it cannot differ from what is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from askwire_protocol.codec import encode, encode_data
from askwire_protocol.envelope import FEATURES, NO_DATA, PROTOCOL_VERSION, PROTOCOL_VERSIONS, Envelope
from askwire_protocol.errors import ErrorCode, ErrorDetail, RequestFailed
from askwire_protocol.messages import (
    AgentLimits,
    AgentStatus,
    AgentTable,
    Ask,
    AskAnswer,
    AskTimings,
    Cancel,
    CatalogAnswer,
    CatalogPut,
    CatalogPutAnswer,
    CatalogRequest,
    ChartAnswer,
    ChartLibrary,
    ChartLibraryRequest,
    ChartRequest,
    Check,
    Column,
    Credit,
    Explained,
    ExportAnswer,
    ExportRequest,
    ForeignKey,
    GoAway,
    HealthReport,
    HeartbeatTiming,
    Hello,
    HelloAnswer,
    NlpAnswer,
    NlpQuery,
    Outcome,
    Progress,
    ResultColumn,
    RowChunk,
    SqlAnswer,
    SqlQuery,
    StatsReport,
    Table,
    TypeInfo,
    TypeStats,
    Welcome,
)
from askwire_protocol.schema.table import Kind, MessageSpec

__all__ = ["EXAMPLES", "example_of"]

_ID, _CLIENT, _INSTANCE = "question-17", "5f0c2a9e41d7b386", "9d3b61c2f7e0a845"
_SENT, _ANSWERED = "2026-11-24T09:30:00.120+00:00", "2026-11-24T09:30:00.164+00:00"
_COLUMNS = (ResultColumn(name="city", type="text"), ResultColumn(name="orders", type="bigint"))
_ROWS: list[list[Any]] = [["Lyon", 42], ["Oslo", 17]]
_QUESTION = "How many orders per city?"
_SQL = "SELECT c.city, count(*) AS orders FROM orders AS o JOIN customers AS c ON c.id = o.customer_id GROUP BY c.city"
_EXPLAINED = (
    Explained(words="how many orders", meaning="number of rows of orders", evidence="name of the table"),
    Explained(words="per city", meaning="for each customers.city", evidence="name of the column"),
)
_TABLES = (
    Table(
        schema="public",
        name="customers",
        rows=60,
        columns=(Column(name="id", type="integer", nullable=False), Column(name="city", type="text", distinct=12)),
        primary_key=("id",),
    ),
    Table(
        schema="public",
        name="orders",
        rows=900,
        columns=(Column(name="id", type="integer", nullable=False), Column(name="customer_id", type="integer")),
        primary_key=("id",),
        foreign_keys=(
            ForeignKey(columns=("customer_id",), schema="public", table="customers", referenced_columns=("id",)),
        ),
    ),
)
_CATALOG_VERSION = "b1f4c09a"
_WELCOME = Welcome(
    capabilities=("nlp_query", "catalog_put"),
    agent="nlp-agent",
    agent_type="nlp",
    instance_id=_INSTANCE,
    version="0.1.0",
    started_at="2026-11-24T08:00:00+00:00",
    protocol_versions=PROTOCOL_VERSIONS,
    features=FEATURES,
    auth="none",
    limits=AgentLimits(max_message_bytes=8_388_608, max_in_flight=64, max_deadline_ms=120_000),
    heartbeat=HeartbeatTiming(interval_ms=5000, timeout_ms=17_000),
    types=(TypeInfo(name="nlp_query", answer="nlp_query_response", idempotent=True),),
)
_CHART = ChartAnswer(
    chart_type="bar",
    reason="One number for each of a few names: bars.",
    item={"target_id": None, "root_id": "p1004", "doc": {"version": "3.9.0", "roots": []}},
    alternatives=("horizontal_bar", "pie", "table"),
    text="Bars of orders for each city: Lyon 42, Oslo 17.",
    points_shown=2,
    points_total=2,
    rule="one-number-per-name",
)

EXAMPLES: Mapping[str, msgspec.Struct] = {
    "health_check_response": HealthReport(
        status="ok", ready=True, live=True, instance_id=_INSTANCE, checks=(Check(name="model", ok=True, age_s=3.5),)
    ),
    "stats_response": StatsReport(
        agent="nlp-agent",
        instance_id=_INSTANCE,
        version="0.1.0",
        started="2026-11-24T08:00:00+00:00",
        uptime_s=5400.1,
        types=(TypeStats(name="nlp_query", num_requests=12, processing_time_ns=528_000_000),),
        in_flight=1,
        connections=2,
    ),
    "describe_response": _WELCOME,
    "connection_established": _WELCOME,
    "hello": Hello(
        client="example", version="1.0.0", protocol_versions=PROTOCOL_VERSIONS, features=("chunks", "goaway")
    ),
    "hello_response": HelloAnswer(protocol_version=PROTOCOL_VERSION, features=("chunks", "goaway")),
    "goaway": GoAway(reason="shutdown", grace_ms=20_000, retry_after_ms=500),
    "credit": Credit(request_id=_ID, n=1),
    "result_chunk": RowChunk(rows=encode_data(_ROWS), columns=_COLUMNS),
    "cancel": Cancel(request_id=_ID, reason="the asker left"),
    "progress_update": Progress(stage="linking", progress=0.3, message="Reading the question"),
    "nlp_query": NlpQuery(query=_QUESTION, catalog_version=_CATALOG_VERSION, today="2026-11-24"),
    "nlp_query_response": NlpAnswer(
        outcome=Outcome.ANSWERED, sql=_SQL, explanation=_EXPLAINED, confidence=0.94, title="Orders per city"
    ),
    "catalog_put": CatalogPut(version=_CATALOG_VERSION, part=1, parts=1, tables=_TABLES),
    "catalog_put_response": CatalogPutAnswer(version=_CATALOG_VERSION, complete=True),
    "sql_query": SqlQuery(
        sql="SELECT city FROM customers WHERE city LIKE $1 ORDER BY city", parameters=("L%",), row_limit=100
    ),
    "sql_query_response": SqlAnswer(columns=_COLUMNS, rows=_ROWS, row_count=2, elapsed_ms=3.2),
    "catalog": CatalogRequest(if_version_not="77aa01c3"),
    "catalog_response": CatalogAnswer(version=_CATALOG_VERSION, tables=_TABLES),
    "generate_chart": ChartRequest(rows=[*_ROWS], columns=_COLUMNS, title="Orders per city", question=_QUESTION),
    "chart_generation_response": _CHART,
    "export_chart": ExportRequest(format="csv", rows=[*_ROWS], columns=_COLUMNS),
    "chart_export_response": ExportAnswer(
        format="csv", media_type="text/csv", content="city,orders\r\nLyon,42\r\nOslo,17\r\n", bytes=32
    ),
    "chart_library": ChartLibraryRequest(),
    "chart_library_response": ChartLibrary(version="3.9.0", media_type="text/javascript", content="/* the script */"),
    "ask": Ask(question=_QUESTION, row_limit=100),
    "ask_response": AskAnswer(
        question=_QUESTION,
        outcome="answered",
        timings=AskTimings(total_ms=61.0, nlp_ms=38.5, sql_ms=4.1, chart_ms=17.2),
        sql=_SQL,
        explanation=_EXPLAINED,
        confidence=0.94,
        columns=_COLUMNS,
        rows=_ROWS,
        row_count=2,
        chart=_CHART,
    ),
    "agents_response": AgentTable(
        agents=(
            AgentStatus(
                agent="nlp-agent",
                agent_type="nlp",
                url="ws://localhost:8011",
                transport="websocket",
                state="responding",
                instance_id=_INSTANCE,
                version="0.1.0",
                capabilities=("nlp_query", "catalog_put"),
                last_heartbeat_age_s=1.8,
                rtt_ms=0.6,
                status="ok",
            ),
        ),
        ready=False,
        catalog_version=_CATALOG_VERSION,
        catalog_tables=2,
    ),
}
"""The ``data`` of each message that has one, by its type."""

_ERROR = RequestFailed(
    ErrorCode.INVALID_ARGUMENT,
    "data.row_limit: Expected 'int | null', got 'str'.",
    details=(ErrorDetail(field="data.row_limit", reason="Expected 'int | null', got 'str'"),),
)


def example_of(message: MessageSpec) -> bytes:
    """Return an example of the message as it is on the wire.

    Raises:
        KeyError: the message has data, and no example of it is here.
    """
    data = NO_DATA if message.data is None else encode_data(EXAMPLES[message.type])
    return encode(msgspec.structs.replace(_envelope(message.kind), type=message.type, data=data))


def _envelope(kind: Kind) -> Envelope:
    answer = Envelope(type="", response_to=_ID, client_id=_CLIENT, timestamp=_ANSWERED)
    replace = msgspec.structs.replace
    match kind:
        case Kind.REQUEST:
            return Envelope(type="", message_id=_ID, timestamp=_SENT, v=PROTOCOL_VERSION, deadline_ms=30_000)
        case Kind.CONTROL | Kind.NOTICE:
            return Envelope(type="", message_id="control-3", timestamp=_SENT)
        case Kind.HEARTBEAT:
            return Envelope(type="", message_id="beat-8", timestamp=1_795_512_600.12)
        case Kind.PULSE:
            return replace(
                answer,
                response_to="beat-8",
                server_time=1_795_512_600.164,
                from_="nlp-agent",
                echo=1_795_512_600.12,
                status="ok",
                in_flight=1,
                queued=0,
                loop_lag_ms=0.4,
                instance_id=_INSTANCE,
            )
        case Kind.PART:
            return replace(answer, seq=0)
        case Kind.EVENT:
            return replace(answer, response_to=None, from_="nlp-agent")
        case Kind.ERROR:
            return replace(answer, error=_ERROR.body())
        case Kind.CONTROL_ANSWER:
            return replace(answer, response_to="control-3")
        case Kind.ANSWER:
            return answer
