"""Answer ``nlp_query`` and ``catalog_put``: the NLP agent as the runtime sees it."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict

import msgspec
import structlog

from askwire_agent import Agent, Request, StartFailed
from askwire_nlp import work
from askwire_nlp.catalog_intake import CatalogIntake
from askwire_nlp.limits import MAX_CATALOGS, MAX_QUESTION_CHARACTERS
from askwire_protocol.errors import ErrorCode, ErrorDetail, RequestFailed
from askwire_protocol.messages.agents import Check
from askwire_protocol.messages.catalog import CatalogPut, CatalogPutAnswer
from askwire_protocol.messages.questions import NlpQuery
from askwire_resources.settings import NlpSettings

__all__ = ["NlpService", "build"]

_log = structlog.get_logger()
_MARGIN_S = 0.1
"""Kept back from the deadline, so that our own error is the answer, not the runtime's."""
_LONGEST_S = 10.0
"""No question needs longer; one that does is a defect, and its process is replaced."""


def build(settings: NlpSettings) -> Agent:
    """Return the NLP agent for these settings."""
    agent = Agent("nlp-agent", "nlp", settings)
    service = NlpService(agent, settings)
    agent.handle("nlp_query", service.nlp_query, request=NlpQuery, answer="nlp_query_response", idempotent=True)
    agent.handle("catalog_put", service.catalog_put, request=CatalogPut, idempotent=True)
    agent.check("model", service.check_model)
    agent.on_start(service.start)
    return agent


class NlpService:
    """The catalogs that this agent knows, newest last, and the workers that answer."""

    def __init__(self, agent: Agent, settings: NlpSettings) -> None:
        self._agent = agent
        self._model = settings.model
        self._intake = CatalogIntake()
        self._versions: OrderedDict[str, None] = OrderedDict()
        self._is_loaded = False

    async def start(self) -> None:
        """Load the model in every worker.

        Raises:
            StartFailed: there is no such model.
        """
        try:
            await self._agent.workers.remember("model", work.load_model, self._model)
        except RequestFailed as failed:
            raise StartFailed(failed.message) from failed
        self._is_loaded = True
        _log.info("language model is ready", model=self._model)

    def check_model(self) -> Check:
        """Tell whether questions can be read, and how many catalogs are known."""
        if not self._is_loaded:
            return Check(name="model", ok=False, message=f"the language model {self._model} is being loaded")
        return Check(name="model", ok=True, message=f"{self._model}; catalogs: {len(self._versions)}")

    async def catalog_put(self, request: Request[CatalogPut]) -> CatalogPutAnswer:
        """Take one part of a catalog; the last one makes it ready in every worker."""
        put = request.data
        if put.version in self._versions:
            return CatalogPutAnswer(version=put.version, complete=True)
        catalog = self._intake.add(put)
        if catalog is None:
            return CatalogPutAnswer(version=put.version, complete=False)
        encoded = msgspec.msgpack.encode(catalog)
        await self._agent.workers.remember(_key(put.version), work.load_catalog, encoded)
        self._versions[put.version] = None
        self._versions.move_to_end(put.version)
        while len(self._versions) > MAX_CATALOGS:
            oldest, _ = self._versions.popitem(last=False)
            self._agent.workers.forget(_key(oldest))
        _log.info("catalog is ready", version=put.version, tables=len(catalog.tables))
        return CatalogPutAnswer(version=put.version, complete=True)

    async def nlp_query(self, request: Request[NlpQuery]) -> msgspec.Raw:
        """Answer one question."""
        query = request.data
        today = _check_query(query)
        version = self._version(query.catalog_version)
        encoded = msgspec.msgpack.encode(msgspec.structs.replace(query, catalog_version=version))
        timeout_s = min(max(0.001, request.remaining_s() - _MARGIN_S), _LONGEST_S)
        return msgspec.Raw(await self._agent.workers.run(work.answer, encoded, today, timeout_s=timeout_s))

    def _version(self, wanted: str | None) -> str:
        if wanted is None:
            if not self._versions:
                raise RequestFailed(
                    ErrorCode.FAILED_PRECONDITION,
                    "This agent has no catalog yet; it waits for one by catalog_put, which the backend sends.",
                )
            return next(reversed(self._versions))
        if wanted not in self._versions:
            raise RequestFailed(
                ErrorCode.FAILED_PRECONDITION,
                f"The catalog {wanted!r} is not known to this agent; send it by catalog_put first.",
                details=(ErrorDetail(field="data.catalog_version", reason="unknown version"),),
            )
        return wanted


def _key(version: str) -> str:
    return f"catalog {version}"


def _check_query(query: NlpQuery) -> str:
    """Return the day that "today" means, after a look at the fields."""
    if not query.query.strip():
        raise _invalid("query", "data.query is empty; it must hold the question.")
    if len(query.query) > MAX_QUESTION_CHARACTERS:
        raise _invalid("query", f"data.query has more than {MAX_QUESTION_CHARACTERS} characters.")
    if query.today is None:
        return dt.datetime.now().astimezone().date().isoformat()
    try:
        return dt.date.fromisoformat(query.today).isoformat()
    except ValueError:
        raise _invalid("today", "data.today must be a date such as 2024-03-31.") from None


def _invalid(field: str, sentence: str) -> RequestFailed:
    return RequestFailed(ErrorCode.INVALID_ARGUMENT, sentence, details=(ErrorDetail(field=f"data.{field}"),))
