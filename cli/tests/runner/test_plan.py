"""Which processes a manifest becomes on one machine."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from askwire.runner.plan import PlanError, PlanOptions, RunPlan, plan_run
from askwire_resources.environment import TlsPaths
from askwire_resources.manifest import read_manifest
from askwire_resources.model import AgentDeployment
from askwire_resources.samples import read_sample
from askwire_resources.validation import to_resource

_OPTIONS = PlanOptions(bind_host="localhost", database_url_file="/s/url", token_file="/s/token")


def _resource(name: str, kind: str, namespace: str = "default", **spec: Any) -> AgentDeployment:
    return to_resource(
        {
            "apiVersion": "askwire.dev/v1alpha1",
            "kind": "AgentDeployment",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"type": kind, **spec},
        }
    )


def _plan(*resources: AgentDeployment, options: PlanOptions = _OPTIONS) -> RunPlan:
    return plan_run(resources, options, count(50000))


def test_sample_becomes_four_processes() -> None:
    """Each resource is a process with the manifest's ports on loopback, and the backend is told of the agents."""
    plan = plan_run(read_manifest(read_sample()).resources, _OPTIONS, count(50000))
    assert [process.name for process in plan.processes] == ["nlp-0", "data-0", "viz-0", "backend-0"]
    assert [process.module for process in plan.processes][:2] == ["askwire_nlp", "askwire_data"]
    assert {process.environment["WEBSOCKET_HOST"] for process in plan.processes} == {"localhost"}
    backend = plan.backends[0].environment
    assert backend["NLP_AGENT_WS_URL"] == "ws://127.0.0.1:8011"
    assert backend["VIZ_AGENT_HTTP_URL"] == "http://127.0.0.1:8003"
    assert plan.page_url == "http://localhost:8000"
    assert not plan.notes
    assert [process.name for process in plan.processes if "DATABASE_URL_FILE" in process.environment] == ["data-0"]


def test_further_replicas_have_free_ports() -> None:
    """Replica 0 has the manifest's port, the others any; the backend is told of all."""
    plan = _plan(_resource("nlp", "nlp", replicas=3), _resource("backend", "backend"))
    ports = [process.ports.websocket for process in plan.agents]
    assert ports[0] == 8011
    assert min(ports[1:]) >= 50000
    assert len({port for process in plan.processes for port in process.ports.numbers()}) == 8
    assert plan.backends[0].environment["NLP_AGENT_WS_URL"].count(",") == 2


def test_two_of_a_type_share_no_default_port() -> None:
    """A resource that names no port gives way to one that has it."""
    plan = _plan(_resource("a", "nlp"), _resource("b", "nlp", http={"port": 8001}), _resource("backend", "backend"))
    assert [process.ports.http for process in plan.agents][1] == 8001
    assert plan.agents[0].ports.http >= 50000


def test_two_that_name_one_port_cannot_run() -> None:
    """Both said the same port, so neither is moved."""
    resources = [_resource(name, "nlp", http={"port": 9000}) for name in "ab"]
    with pytest.raises(PlanError, match="b and a both want port 9000"):
        _plan(*resources, _resource("c", "backend"))


def test_page_port_can_be_chosen() -> None:
    """`--port` moves the page alone; 0 takes any free port."""
    backend = _resource("backend", "backend")
    chosen = _plan(backend, options=PlanOptions(bind_host="localhost", port=8080))
    assert (chosen.page_url, chosen.backends[0].ports.metrics) == ("http://localhost:8080", 8004)
    assert chosen.backends[0].environment["HTTP_PORT"] == "8080"
    free = _plan(backend, options=PlanOptions(bind_host="localhost", port=0))
    assert free.backends[0].ports.http >= 50000


def test_meshes_do_not_see_each_other() -> None:
    """A backend is told only of agents of its namespace and mesh."""
    plan = _plan(
        _resource("nlp", "nlp"),
        _resource("other", "nlp", mesh="other"),
        _resource("far", "nlp", namespace="far"),
        _resource("backend", "backend"),
    )
    assert plan.backends[0].environment["NLP_AGENT_WS_URL"] == "ws://127.0.0.1:8011"
    assert "far.far-0" in {process.name for process in plan.agents}


def test_what_does_not_run_here_is_said() -> None:
    """Custom and suspended resources, and fields for the operator alone, are notes and no silence."""
    plan = _plan(
        _resource("mine", "custom", image="a/b:1"),
        _resource("nlp", "nlp", suspend=True),
        _resource("words", "nlp", nlp={"synonyms": [{"word": "client", "means": "customer"}]}),
        _resource("backend", "backend"),
    )
    assert [process.name for process in plan.processes] == ["words-0", "backend-0"]
    assert plan.notes == (
        "mine is of type custom: it runs from a container image, and `askwire up` starts no containers.",
        "nlp is suspended or has no replicas, so it is not started.",
        "words: spec.nlp.synonyms has no effect here",
    )


def test_without_a_backend_nothing_runs() -> None:
    """Questions go through a backend."""
    with pytest.raises(PlanError, match="no resource of type backend"):
        _plan(_resource("nlp", "nlp"))


def test_closed_websocket_port_means_http() -> None:
    """An agent whose WebSocket port is closed is found by its HTTP address."""
    plan = _plan(_resource("nlp", "nlp", websockets={"enabled": False}), _resource("backend", "backend"))
    assert "NLP_AGENT_WS_URL" not in plan.backends[0].environment
    assert plan.backends[0].environment["NLP_AGENT_HTTP_URL"] == "http://127.0.0.1:8001"


def test_token_is_for_the_meshes_that_want_it() -> None:
    """One resource with `auth: required` gives its whole mesh the token's file."""
    plan = _plan(
        _resource("nlp", "nlp", auth="required"), _resource("backend", "backend"), _resource("o", "viz", mesh="o")
    )
    assert plan.needs_token
    assert {p.name: p.environment.get("ASKWIRE_TOKEN_FILE") for p in plan.processes} == {
        "nlp-0": "/s/token",
        "backend-0": "/s/token",
        "o-0": None,
    }


def test_tls_is_for_the_resources_that_have_it() -> None:
    """They show the certificate and are dialled encrypted; every process trusts the authority."""
    tls = TlsPaths(cert_file="/t/tls.crt", key_file="/t/tls.key", ca_file="/t/ca.crt")
    secret = {"secretName": "askwire-tls"}
    plan = _plan(
        _resource("nlp", "nlp", tls=secret),
        _resource("viz", "viz"),
        _resource("backend", "backend", tls=secret),
        options=PlanOptions(bind_host="localhost", tls=tls),
    )
    nlp, viz, backend = (process.environment for process in plan.processes)
    assert (nlp["TLS_CERT_FILE"], nlp["TLS_KEY_FILE"]) == ("/t/tls.crt", "/t/tls.key")
    assert "TLS_CERT_FILE" not in viz
    assert {each["TLS_CA_FILE"] for each in (nlp, viz, backend)} == {"/t/ca.crt"}
    assert (backend["NLP_AGENT_WS_URL"], backend["NLP_AGENT_HTTP_URL"]) == (
        "wss://127.0.0.1:8011",
        "https://127.0.0.1:8001",
    )
    assert backend["VIZ_AGENT_WS_URL"] == "ws://127.0.0.1:8013"
    assert (plan.page_url, plan.ca_file) == ("https://localhost:8000", "/t/ca.crt")
    assert plan.backends[0].liveness_url == "https://127.0.0.1:8004/livez"


def test_listen_binds_what_the_manifest_says() -> None:
    """Without a host of its own the plan leaves the manifest's."""
    plan = _plan(_resource("backend", "backend"), options=PlanOptions(bind_host=None))
    assert plan.processes[0].environment["WEBSOCKET_HOST"] == "0.0.0.0"  # noqa: S104 - the manifest's
