"""Payloads that pass through the backend: only what it needs is decoded, rows and charts stay bytes."""

from __future__ import annotations

import msgspec

from askwire_protocol.messages import AskTimings, Choice, ChunkSummary, Explained, ResultColumn

__all__ = ["PassedAsk", "PassedChartRequest", "PassedRows"]

_NO_ROWS = msgspec.Raw(b"[]")
_NULL = msgspec.Raw(b"null")


class PassedRows(msgspec.Struct, frozen=True, kw_only=True):
    """A SqlAnswer whose rows are not decoded."""

    columns: tuple[ResultColumn, ...]
    rows: msgspec.Raw
    row_count: int
    truncated: bool = False
    elapsed_ms: float = 0.0
    summary: ChunkSummary | None = None


class PassedChartRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A ChartRequest whose rows are not decoded."""

    columns: tuple[ResultColumn, ...]
    rows: msgspec.Raw
    chart_type: str | None = None
    title: str | None = None
    question: str | None = None
    truncated: bool = False


class PassedAsk(msgspec.Struct, frozen=True, kw_only=True):
    """An AskAnswer whose rows, chart and context are not decoded."""

    question: str
    outcome: str
    timings: AskTimings
    sql: str | None = None
    explanation: tuple[Explained, ...] = ()
    assumptions: tuple[str, ...] = ()
    confidence: float = 0.0
    choices: tuple[Choice, ...] = ()
    not_understood: tuple[str, ...] = ()
    reason: str | None = None
    columns: tuple[ResultColumn, ...] = ()
    rows: msgspec.Raw = _NO_ROWS
    row_count: int = 0
    truncated: bool = False
    chart: msgspec.Raw = _NULL
    chart_error: str | None = None
    context: msgspec.Raw = _NULL
