"""TLS on every link of a mesh: people to backend, backend to agents, machines to the metrics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from support.certificates import CertificateFolder

from askwire_backend.backoff import Backoff


@pytest.fixture
def secure_mesh(mesh: Any, tmp_path: Path) -> Any:
    """A mesh in which every port will speak TLS."""
    mesh.certificates = CertificateFolder(tmp_path / "tls")
    return mesh


@pytest.mark.parametrize("use_ws", [True, False])
async def test_a_question_goes_all_the_way_encrypted(secure_mesh: Any, use_ws: bool) -> None:
    """REST, /ws, the metrics and the links over either transport work with one authority."""
    for kind in ("nlp", "data", "viz"):
        await secure_mesh.start_agent(kind)
    await secure_mesh.start_backend(nlp_use_ws=use_ws, data_use_ws=use_ws, viz_use_ws=use_ws)
    await secure_mesh.ready()
    scheme = "wss://" if use_ws else "https://"
    assert all(one.endpoint.url.startswith(scheme) for one in secure_mesh.backend.pool.replicas)
    assert (await secure_mesh.ask())[1]["outcome"] == "answered"
    async with secure_mesh.session.ws_connect("/ws") as socket:
        assert (await socket.receive_json())["type"] == "connection_established"
    async with secure_mesh.session.get(f"https://127.0.0.1:{secure_mesh.backend.metrics_port}/livez") as response:
        assert response.status == 200


async def test_plain_requests_are_not_answered(secure_mesh: Any) -> None:
    """There is no plain port beside it."""
    await secure_mesh.start_backend()
    with pytest.raises(aiohttp.ClientError):
        await secure_mesh.session.get(f"http://127.0.0.1:{secure_mesh.backend.port}/")


@pytest.mark.parametrize("use_ws", [True, False])
async def test_an_expired_certificate_is_one_sentence_and_no_tight_loop(
    secure_mesh: Any, use_ws: bool, capsys: Any
) -> None:
    """The table of agents and one line of the log say why; a new certificate ends it without a restart."""
    certificates = secure_mesh.certificates
    certificates.issue(expired=True)
    await secure_mesh.start_agent("viz")
    await secure_mesh.start_backend(viz_use_ws=use_ws)
    (replica,) = secure_mesh.backend.pool.replicas
    await secure_mesh.until(lambda: replica._backoff.failures >= 2)
    assert replica.status().last_error == "its certificate has expired"
    assert capsys.readouterr().out.count("agent not connected") == 1
    certificates.issue()
    await secure_mesh.until(lambda: replica.usable)


async def test_a_certificate_for_another_host_is_one_sentence(secure_mesh: Any) -> None:
    """Names and addresses are verified."""
    secure_mesh.certificates.issue("agent.example")
    await secure_mesh.start_agent("viz")
    await secure_mesh.start_backend()
    (replica,) = secure_mesh.backend.pool.replicas
    await secure_mesh.until(lambda: replica.tried)
    assert replica.status().last_error == (
        "its certificate is for another address (certificate is not valid for '127.0.0.1')"
    )


def test_failures_that_last_are_not_tried_eagerly() -> None:
    """Wrong credentials and certificates are tried at most ten times in a minute, also just after the start."""
    backoff = Backoff(lambda: 0.5)
    total_s, attempts = 0.0, 0
    while total_s < 60:
        total_s += backoff.failed(lasting=True)
        attempts += 1
    assert attempts <= 10
