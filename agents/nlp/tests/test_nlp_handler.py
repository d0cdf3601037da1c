"""The NLP agent over a real socket, with real worker processes."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from askwire_agent import Service, StartFailed
from askwire_nlp.handler import build
from askwire_protocol.client import WebSocketLink, connect
from askwire_protocol.errors import ErrorCode, RequestFailed
from askwire_protocol.messages import Catalog, CatalogPut, CatalogPutAnswer, NlpAnswer, NlpQuery, Outcome
from askwire_resources.settings import NlpSettings


@contextlib.asynccontextmanager
async def serving(**settings: Any) -> AsyncIterator[tuple[Service, WebSocketLink]]:
    """Run an agent, and a connection to it."""
    service = Service(build(NlpSettings(websocket_port=0, http_port=0, drain_s=1.0, **settings)))
    running = asyncio.create_task(service.run())
    started = asyncio.create_task(service.started.wait())
    await asyncio.wait({running, started}, return_when=asyncio.FIRST_COMPLETED)
    try:
        async with connect(f"ws://127.0.0.1:{service.websocket_port}") as link:
            yield service, link
    finally:
        service.stop.set()
        await running


async def ask(link: WebSocketLink, question: str, **fields: Any) -> NlpAnswer:
    """Send one question."""
    query = NlpQuery(query=question, today="2024-05-15", **fields)
    return await link.request("nlp_query", query, answer=NlpAnswer, deadline_s=30.0)


async def refused(link: WebSocketLink, question: str, **fields: Any) -> RequestFailed:
    """Send one question that is answered by an error."""
    with pytest.raises(RequestFailed) as caught:
        await ask(link, question, **fields)
    return caught.value


async def put(link: WebSocketLink, catalog: Catalog, *, parts: int = 1, version: str | None = None) -> bool:
    """Send a catalog in parts and tell whether it is complete."""
    complete = False
    for part in range(1, parts + 1):
        tables = catalog.tables[part - 1 :: parts]
        message = CatalogPut(version=version or catalog.version, part=part, parts=parts, tables=tables)
        answer = await link.request("catalog_put", message, answer=CatalogPutAnswer, deadline_s=30.0)
        complete = answer.complete
    return complete


async def test_a_question_is_answered_once_the_catalog_has_come(catalog: Catalog) -> None:
    """Before a catalog the agent says what it waits for; after its last part it answers."""
    async with serving() as (service, link):
        before = await refused(link, "How many members are there?")
        complete = await put(link, catalog, parts=3)
        answer = await ask(link, "How many members are there?")

        assert before.code == ErrorCode.FAILED_PRECONDITION
        assert "catalog" in before.message
        assert complete
        assert answer.outcome is Outcome.ANSWERED
        assert answer.sql is not None
        assert "COUNT(*)" in answer.sql
        assert service.agent.checks["model"]().ok


async def test_catalogs_are_known_by_version_and_only_four_are_kept(catalog: Catalog) -> None:
    """A version that is not here is named in the error; the oldest of five gives way."""
    async with serving() as (_, link):
        for number in range(5):
            await put(link, catalog, version=f"v{number}")
        unknown = await refused(link, "How many members are there?", catalog_version="v0")
        answer = await ask(link, "How many members are there?", catalog_version="v1")

        assert unknown.code == ErrorCode.FAILED_PRECONDITION
        assert "v0" in unknown.message
        assert answer.outcome is Outcome.ANSWERED


async def test_wrong_requests_are_errors_and_the_connection_stays_usable(catalog: Catalog) -> None:
    """Empty and endless questions, wrong days and wrong parts are INVALID_ARGUMENT, a huge part is TOO_LARGE."""
    async with serving() as (_, link):
        await put(link, catalog)
        codes = [
            (await refused(link, " ")).code,
            (await refused(link, "a" * 10_000)).code,
        ]
        for message in (
            NlpQuery(query="How many members?", today="tomorrow"),
            CatalogPut(version="x", part=3, parts=2, tables=()),
            CatalogPut(version="x", part=1, parts=100_000, tables=()),
        ):
            kind = "nlp_query" if isinstance(message, NlpQuery) else "catalog_put"
            with pytest.raises(RequestFailed) as caught:
                await link.request(kind, message, answer=msgspec.Raw, deadline_s=30.0)
            codes.append(caught.value.code)
        huge = tuple(msgspec.structs.replace(catalog.tables[0], comment="x" * 300_000) for _ in range(1))
        with pytest.raises(RequestFailed) as caught:
            await link.request("catalog_put", CatalogPut(version="x", part=1, parts=1, tables=huge),
                               answer=msgspec.Raw, deadline_s=30.0)  # fmt: skip
        answer = await ask(link, "How many members are there?")

        assert codes == [ErrorCode.INVALID_ARGUMENT] * 5
        assert caught.value.code == ErrorCode.TOO_LARGE
        assert answer.outcome is Outcome.ANSWERED


async def test_a_choice_is_taken_without_memory_of_the_question_back(catalog: Catalog) -> None:
    """The id of a choice answers the same question in a new request with the SQL that was offered."""
    async with serving() as (_, link):
        await put(link, catalog)
        question = "List all names"
        back = await ask(link, question)
        chosen = await ask(link, question, answers=({"id": back.choices[-1].id},)) if back.choices else back

        assert back.outcome is Outcome.INPUT_REQUIRED
        assert 2 <= len(back.choices) <= 3
        assert chosen.outcome is Outcome.ANSWERED
        assert chosen.sql == back.choices[-1].sql


async def test_a_model_that_is_not_installed_is_one_sentence() -> None:
    """A wrong NLP_MODEL ends the start with its name, without a traceback."""
    service = Service(build(NlpSettings(websocket_port=0, http_port=0, model="no_such_model")))

    with pytest.raises(BaseExceptionGroup) as caught:
        await service.run()

    assert caught.group_contains(StartFailed, match="no_such_model")


def test_only_workers_pay_for_the_language_model() -> None:
    """Importing the handler imports neither spaCy nor sqlglot."""
    script = (
        "import sys, askwire_nlp.handler; print([m for m in ('spacy', 'sqlglot', 'rapidfuzz') if m in sys.modules])"
    )

    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=50)

    assert found.stdout.strip() == "[]"
