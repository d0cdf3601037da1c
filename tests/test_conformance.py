"""The conformance suite: good agents of any language pass, and a broken one fails the case that names its rule."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from peers_1_0.agent import running_agent
from support.breaking_relay import Mutant, relaying, relaying_http
from support.certificates import CertificateFolder
from support.mutants import MUTANTS
from support.node_packages import install_node_packages
from support.rich_agent import QUICK, SAMPLES, make_rich_agent, serving

from askwire_agent import Agent
from askwire_data.handler import build as build_data
from askwire_nlp.handler import build as build_nlp
from askwire_protocol.conformance import (
    CASES,
    ConformanceReport,
    Level,
    Result,
    Samples,
    Target,
    check_conformance,
)
from askwire_protocol.tls import TlsTrust
from askwire_resources.settings import DataSettings, NlpSettings, VizSettings
from askwire_viz.handler import build as build_viz

ROOT = Path(__file__).parents[1]
FOREIGN = ROOT / "docs" / "examples" / "foreign-agent"
FEATURELESS = {"unlisted-features", "token-demanded", "http-token-demanded"}
"""Cases that say nothing about an agent with every feature and without a token."""


def failures(report: ConformanceReport) -> list[str]:
    """Return what failed, in words."""
    return [f"{case.id}: expected {case.expected}, found {case.found}" for case in report.having(Result.FAILED)]


def skipped(report: ConformanceReport) -> set[str]:
    """Return the ids of the cases that were skipped."""
    return {case.id for case in report.having(Result.SKIPPED)}


async def test_an_agent_with_every_feature_passes_every_case() -> None:
    """Nothing fails, and only what the agent cannot have is skipped; over HTTP too."""
    async with serving(make_rich_agent()) as service:
        target = Target(
            url=f"ws://127.0.0.1:{service.websocket_port}",
            http_url=f"http://127.0.0.1:{service.http_port}",
            samples=SAMPLES,
        )
        report = await check_conformance(target, timing=QUICK)

    assert failures(report) == []
    assert skipped(report) == FEATURELESS
    assert len(report.cases) == len(CASES)


async def test_an_agent_with_a_token_passes(tmp_path: Path) -> None:
    """With the token every rule is seen, those about the token too."""
    (tmp_path / "token").write_text("s3cret\n")
    async with serving(make_rich_agent(auth="required", token_file=str(tmp_path / "token"))) as service:
        target = Target(
            url=f"ws://127.0.0.1:{service.websocket_port}",
            http_url=f"http://127.0.0.1:{service.http_port}",
            token="s3cret",
            samples=SAMPLES,
        )
        report = await check_conformance(target, timing=QUICK)

    assert failures(report) == []
    assert skipped(report) == {"unlisted-features"}


async def test_an_agent_with_tls_passes(tmp_path: Path) -> None:
    """With the authority's file every rule is seen over encrypted ports too."""
    certificates = CertificateFolder(tmp_path / "tls")
    async with serving(make_rich_agent(**certificates.settings)) as service:
        target = Target(
            url=f"wss://127.0.0.1:{service.websocket_port}",
            http_url=f"https://127.0.0.1:{service.http_port}",
            samples=SAMPLES,
            tls=TlsTrust(str(certificates.ca_file)),
        )
        report = await check_conformance(target, timing=QUICK)

    assert failures(report) == []
    assert skipped(report) == FEATURELESS


@pytest.fixture(params=["nlp", "viz"])
def own_agent(request: pytest.FixtureRequest) -> Agent:
    """Each agent of ours that needs no database."""
    if request.param == "nlp":
        return build_nlp(NlpSettings(websocket_port=0, http_port=0))
    return build_viz(VizSettings(websocket_port=0, http_port=0, exports="html,csv"))


async def test_our_data_agent_passes(shop_url: str, tmp_path: Path) -> None:
    """In front of a real database; its answers come in parts where that is asked for."""
    (tmp_path / "url").write_text(shop_url)
    async with serving(
        build_data(DataSettings(websocket_port=0, http_port=0, database_url_file=str(tmp_path / "url")))
    ) as service:
        url, http_url = f"ws://127.0.0.1:{service.websocket_port}", f"http://127.0.0.1:{service.http_port}"
        report = await check_conformance(Target(url=url, http_url=http_url))

    assert failures(report) == []
    assert report.agent_type == "data"


async def test_our_agents_pass(own_agent: Agent) -> None:
    """With the usual requests, and no more known of them than the address."""
    async with serving(own_agent) as service:
        url, http_url = f"ws://127.0.0.1:{service.websocket_port}", f"http://127.0.0.1:{service.http_port}"
        report = await check_conformance(Target(url=url, http_url=http_url))

    assert failures(report) == []
    assert report.agent_type == own_agent.agent_type


@pytest.mark.parametrize(("case_id", "kind"), MUTANTS, ids=[f"{case}:{kind.__name__}" for case, kind in MUTANTS])
async def test_a_broken_agent_fails_the_case_of_its_rule(case_id: str, kind: type[Mutant]) -> None:
    """Exactly that one, whatever else rests on it."""
    async with (
        serving(make_rich_agent(slow_s=0.3, max_message_bytes=1 << 20)) as service,
        relaying(f"ws://127.0.0.1:{service.websocket_port}", kind) as url,
    ):
        report = await check_conformance(Target(url=url, samples=SAMPLES), timing=QUICK)

    assert [case.id for case in report.having(Result.FAILED)] == [case_id], failures(report)


async def test_work_that_nobody_waits_for_is_found() -> None:
    """An agent that goes on with the requests of one who left fails that case."""

    class Stays(Mutant):
        stays = True

    cases = [case for case in CASES if case.id == "leaving-cancels" or case.id.startswith(("handshake", "heartbeat-"))]
    async with (
        serving(make_rich_agent(slow_s=3600)) as service,
        relaying(f"ws://127.0.0.1:{service.websocket_port}", Stays) as url,
    ):
        report = await check_conformance(Target(url=url, samples=SAMPLES), timing=QUICK, cases=cases)

    assert [case.id for case in report.having(Result.FAILED)] == ["leaving-cancels"], failures(report)


def _as_text(response: web.Response) -> web.Response:
    response.content_type = "text/plain"
    return response


def _as_success(response: web.Response) -> web.Response:
    if response.status != 403:
        response.set_status(200)
    return response


def _for_pages(response: web.Response) -> web.Response:
    if response.status == 403:
        response.set_status(200)
    return response


def _with_an_early_outcome(response: web.Response) -> web.Response:
    lines = response.body.splitlines(keepends=True) if isinstance(response.body, bytes) else []
    if lines and b'"count_response"' in lines[-1]:
        response.body = b"".join([lines[-1], *lines])
    return response


@pytest.mark.parametrize(
    ("case_id", "alter"),
    [
        ("http-answered", _as_text),
        ("http-status", _as_success),
        ("http-origin-refused", _for_pages),
        ("http-outcome", _with_an_early_outcome),
    ],
)
async def test_a_broken_http_port_fails_the_case_of_its_rule(
    case_id: str, alter: Callable[[web.Response], web.Response]
) -> None:
    """Content type, status, refusal of pages, one outcome."""
    async with (
        serving(make_rich_agent(slow_s=0.3, max_message_bytes=1 << 20)) as service,
        relaying_http(f"http://127.0.0.1:{service.http_port}", alter) as http_url,
    ):
        target = Target(url=f"ws://127.0.0.1:{service.websocket_port}", http_url=http_url, samples=SAMPLES)
        report = await check_conformance(target, timing=QUICK)

    assert [case.id for case in report.having(Result.FAILED)] == [case_id], failures(report)


async def test_the_relay_itself_breaks_nothing() -> None:
    """What fails behind the relay fails because of the mutant."""
    async with (
        serving(make_rich_agent()) as service,
        relaying(f"ws://127.0.0.1:{service.websocket_port}", Mutant) as url,
    ):
        report = await check_conformance(Target(url=url, samples=SAMPLES), timing=QUICK)

    assert failures(report) == []


@pytest.mark.parametrize(
    ("case_id", "options"),
    [("origin-refused", {"origins": None}), ("far-too-large", {"max_size": None})],
)
async def test_a_transport_that_is_open_wide_is_found(case_id: str, options: dict[str, object]) -> None:
    """Pages of browsers and endless frames are matters of the handshake and the frames."""
    async with (
        serving(make_rich_agent()) as service,
        relaying(f"ws://127.0.0.1:{service.websocket_port}", Mutant, **options) as url,
    ):
        report = await check_conformance(Target(url=url, samples=SAMPLES), timing=QUICK)

    assert [case.id for case in report.having(Result.FAILED)] == [case_id], failures(report)


async def test_the_frozen_agent_of_1_0_passes_its_level() -> None:
    """An agent that knows only the messages of the first page keeps level 1.0, and is far from 1.1."""
    async with running_agent() as url:
        first = await check_conformance(Target(url=url), level=Level.V1_0, timing=QUICK)
        second = await check_conformance(Target(url=url), timing=QUICK)

    assert failures(first) == []
    assert skipped(first) == set()
    assert {"welcome-versions", "error-names-request"} <= {case.id for case in second.having(Result.FAILED)}


@pytest.fixture
async def foreign_url() -> AsyncIterator[str]:
    """The agent in Node of the documentation, on a free port."""
    place = await asyncio.to_thread(install_node_packages, FOREIGN)
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec("node", "agent.js", "0", cwd=place, stdout=pipe)
    try:
        assert child.stdout is not None
        async with asyncio.timeout(20):
            said = (await child.stdout.readline()).decode()
        found = re.search(r"ws://\S+", said)
        assert found is not None, said
        yield found[0]
    finally:
        child.terminate()
        async with asyncio.timeout(20):
            assert await child.wait() == 0


@pytest.mark.timeout(300)  # the first run fetches the package
async def test_the_foreign_agent_passes_level_1_0(foreign_url: str) -> None:
    """An agent in another language, with another WebSocket stack, keeps every rule of level 1.0."""
    samples = msgspec.json.decode((FOREIGN / "samples.json").read_bytes(), type=Samples)
    target = Target(url=foreign_url, samples=samples)
    report = await check_conformance(target, level=Level.V1_0, timing=QUICK)

    assert failures(report) == []
    assert skipped(report) == set()


def test_the_foreign_agent_is_short_and_names_no_registry() -> None:
    """At most 100 lines, its package pinned by version and hash."""
    lock = (FOREIGN / "package-lock.json").read_text()

    assert len((FOREIGN / "agent.js").read_text().splitlines()) <= 100
    assert "://" not in lock
    assert '"integrity": "sha512-' in lock
