"""The way of one question: words to SQL, SQL to rows, rows to a chart, with progress at each step."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import msgspec
import structlog

from askwire_backend.catalog_sync import CatalogSync
from askwire_backend.metrics import Metrics
from askwire_backend.passing import PassedAsk, PassedChartRequest, PassedRows
from askwire_backend.pool import Pool
from askwire_backend.row_assembly import RowAssembly
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import Ask, AskTimings, NlpAnswer, NlpQuery, Outcome, Progress, SqlQuery

__all__ = ["Asker", "Report", "query_rows"]

Report = Callable[[Progress], None]
_log = structlog.get_logger()
_MAX_QUESTION = 2000
_CHART_S = 20.0
_SCHEMA_CHANGED = re.compile(r"\b(42P01|42703)\b")
"""SQLSTATE of a table or column that is not there."""


class _Run:
    """Clock and stage times of one question."""

    def __init__(self, deadline_s: float, metrics: Metrics, report: Report) -> None:
        self._started_s = time.monotonic()
        self._until_s = self._started_s + deadline_s
        self._metrics = metrics
        self._report = report
        self.elapsed_ms: dict[str, float] = {}

    def remaining_s(self) -> float:
        """Return the time that is left; raises DEADLINE_EXCEEDED when there is none."""
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise RequestFailed(ErrorCode.DEADLINE_EXCEEDED, "The question's time is over.")
        return left_s

    def enter(self, stage: str, progress: float, message: str) -> float:
        self._report(Progress(stage=stage, progress=progress, message=message))
        return time.monotonic()

    def leave(self, stage: str, entered_s: float) -> None:
        elapsed_s = time.monotonic() - entered_s
        self._metrics.stage(stage, elapsed_s)
        self.elapsed_ms[stage] = round(self.elapsed_ms.get(stage, 0.0) + elapsed_s * 1000, 3)

    def timings(self) -> AskTimings:
        total_ms = round((time.monotonic() - self._started_s) * 1000, 3)
        times = self.elapsed_ms
        return AskTimings(
            total_ms=total_ms, nlp_ms=times.get("nlp"), sql_ms=times.get("sql"), chart_ms=times.get("chart")
        )


class Asker:
    """Answers questions with the agents of one pool."""

    def __init__(self, pool: Pool, catalogs: CatalogSync, metrics: Metrics) -> None:
        self._pool = pool
        self._catalogs = catalogs
        self._metrics = metrics

    async def ask(self, ask: Ask, *, deadline_s: float, report: Report) -> PassedAsk:
        """Answer one question.

        Raises:
            RequestFailed: the one explicit error when an agent fails on the way; a chart that fails is no error, the
                rows are still the answer.
        """
        run = _Run(deadline_s, self._metrics, report)
        outcome = "error"
        try:
            answer = await self._ask(ask, run)
            outcome = answer.outcome
        finally:
            self._metrics.question(outcome)
        return answer

    async def _ask(self, ask: Ask, run: _Run) -> PassedAsk:
        if not ask.question.strip():
            raise RequestFailed(ErrorCode.INVALID_ARGUMENT, "The question is empty.")
        if len(ask.question) > _MAX_QUESTION:
            text = f"The question has {len(ask.question)} characters; at most {_MAX_QUESTION} are read."
            raise RequestFailed(ErrorCode.INVALID_ARGUMENT, text)
        understood = await self._understand(ask, run)
        if understood.outcome is not Outcome.ANSWERED or understood.sql is None:
            return _without_rows(ask, understood, run.timings())
        try:
            rows = await self._query(understood.sql, ask, run)
        except RequestFailed as failed:
            if not _schema_changed(failed):
                raise
            _log.info("catalog was out of date", problem=failed.message)
            await self._catalogs.read(refresh=True, deadline_s=run.remaining_s())
            understood = await self._understand(ask, run)
            if understood.outcome is not Outcome.ANSWERED or understood.sql is None:
                return _without_rows(ask, understood, run.timings())
            rows = await self._query(understood.sql, ask, run)
        chart, chart_error = await self._draw(ask, understood, rows, run)
        return _with_rows(ask, understood, rows, chart, chart_error, run.timings())

    async def _understand(self, ask: Ask, run: _Run) -> NlpAnswer:
        entered_s = run.enter("nlp", 0.05, "understanding the question")
        try:
            catalog = await self._catalogs.current(deadline_s=run.remaining_s())
            query = NlpQuery(
                query=ask.question, context=ask.context, answers=ask.answers, catalog_version=catalog.version
            )
            try:
                return await self._ask_nlp(query, run)
            except RequestFailed as failed:
                if failed.code != ErrorCode.FAILED_PRECONDITION:
                    raise
            self._catalogs.forget_given()
            return await self._ask_nlp(query, run)
        finally:
            run.leave("nlp", entered_s)

    async def _ask_nlp(self, query: NlpQuery, run: _Run) -> NlpAnswer:
        return await self._pool.request(
            "nlp_query", query, answer=NlpAnswer, deadline_s=run.remaining_s(), prepare=self._catalogs.give
        )

    async def _query(self, sql: str, ask: Ask, run: _Run) -> PassedRows:
        entered_s = run.enter("sql", 0.35, "asking the database")
        try:
            return await query_rows(self._pool, SqlQuery(sql=sql, row_limit=ask.row_limit), run.remaining_s())
        finally:
            run.leave("sql", entered_s)

    async def _draw(
        self, ask: Ask, understood: NlpAnswer, rows: PassedRows, run: _Run
    ) -> tuple[msgspec.Raw | None, str | None]:
        if not ask.chart:
            return None, None
        entered_s = run.enter("chart", 0.75, f"drawing {rows.row_count} rows")
        request = PassedChartRequest(
            columns=rows.columns,
            rows=rows.rows,
            chart_type=ask.chart_type or understood.chart_type,
            title=understood.title or ask.question,
            question=ask.question,
            truncated=rows.truncated,
        )
        try:
            deadline_s = min(_CHART_S, run.remaining_s())
            chart = await self._pool.request("generate_chart", request, answer=msgspec.Raw, deadline_s=deadline_s)
        except RequestFailed as failed:
            _log.warning("no chart", code=str(failed.code), problem=failed.message)
            return None, f"{failed.code}: {failed.message}"
        finally:
            run.leave("chart", entered_s)
        return chart, None


async def query_rows(pool: Pool, query: object, deadline_s: float) -> PassedRows:
    """Run one statement and return all its rows, which come in parts so that heartbeats pass between them."""
    assembly = RowAssembly()
    answer = await pool.request(
        "sql_query",
        query,
        answer=PassedRows,
        deadline_s=deadline_s,
        on_chunk=assembly.take,
        restart=assembly.restart,
    )
    return assembly.finish(answer)


def _schema_changed(failed: RequestFailed) -> bool:
    if failed.code not in (ErrorCode.SQL_FAILED, ErrorCode.SQL_REJECTED):
        return False
    return any(_SCHEMA_CHANGED.search(detail.reason or "") for detail in failed.details)


def _without_rows(ask: Ask, understood: NlpAnswer, timings: AskTimings) -> PassedAsk:
    return PassedAsk(
        question=ask.question,
        outcome=understood.outcome,
        timings=timings,
        explanation=understood.explanation,
        assumptions=understood.assumptions,
        confidence=understood.confidence,
        choices=understood.choices,
        not_understood=understood.not_understood,
        reason=understood.reason,
        context=msgspec.Raw(msgspec.json.encode(understood.context)),
    )


def _with_rows(
    ask: Ask,
    understood: NlpAnswer,
    rows: PassedRows,
    chart: msgspec.Raw | None,
    chart_error: str | None,
    timings: AskTimings,
) -> PassedAsk:
    return msgspec.structs.replace(
        _without_rows(ask, understood, timings),
        sql=understood.sql,
        columns=rows.columns,
        rows=rows.rows,
        row_count=rows.row_count,
        truncated=rows.truncated,
        chart=chart if chart is not None else msgspec.Raw(b"null"),
        chart_error=chart_error,
    )
