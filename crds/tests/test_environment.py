"""The environment of a process comes from the table of settings alone."""

from __future__ import annotations

import pytest

from askwire_resources.defaults import Ports
from askwire_resources.environment import AgentAddress, TlsPaths, World, make_environment
from askwire_resources.manifest import read_manifest
from askwire_resources.model import AgentDeployment, AgentType
from askwire_resources.samples import read_sample
from askwire_resources.settings import (
    BackendSettings,
    DataSettings,
    NlpSettings,
    ProcessSettings,
    VizSettings,
    load,
    settings_of,
)

_SETTINGS: tuple[type[ProcessSettings], ...] = (NlpSettings, DataSettings, VizSettings, BackendSettings)
_AGENTS = (
    AgentAddress(type=AgentType.NLP, websocket_url="ws://h:1", http_url="http://h:2"),
    AgentAddress(type=AgentType.NLP, websocket_url=None, http_url="http://h:3"),
    AgentAddress(type=AgentType.DATA, websocket_url="ws://h:4", http_url="http://h:5"),
    AgentAddress(type=AgentType.CUSTOM, websocket_url="ws://h:6", http_url="http://h:7"),
)


def _sample() -> tuple[AgentDeployment, ...]:
    return read_manifest(read_sample()).resources


def _one(kind: str, spec: str = "") -> AgentDeployment:
    head = "apiVersion: askwire.dev/v1alpha1\nkind: AgentDeployment\nmetadata: {name: one}\n"
    return read_manifest(f"{head}spec:\n  type: {kind}\n  {spec}\n").resources[0]


@pytest.mark.parametrize(("resource", "kind"), list(zip(_sample(), _SETTINGS, strict=True)))
def test_every_variable_is_in_the_table(resource: AgentDeployment, kind: type[ProcessSettings]) -> None:
    """A process is told nothing that it does not read, and all of it is valid."""
    world = World(
        host="127.0.0.1",
        ports=Ports(websocket=1, http=2, metrics=3),
        agents=_AGENTS,
        database_url_file="/run/url",
        accept_owner=True,
        token_file="/run/token",
        auth="required",
    )
    environment = make_environment(resource, world)
    assert set(environment) <= {setting.env for _, setting in settings_of(kind)}
    settings = load(kind, environment)
    assert (settings.name, settings.mesh, settings.auth) == (resource.metadata.name, "demo", "required")


def test_fields_of_the_resource_arrive() -> None:
    """What the manifest says is what the process reads."""
    resource = _one("data", "database: {schemas: [a, b], rowLimit: 7, timeoutSeconds: 0.5}\n  drainSeconds: 3")
    settings = load(DataSettings, make_environment(resource, World()))
    assert (settings.schemas, settings.row_limit, settings.statement_timeout_s, settings.drain_s) == ("a,b", 7, 0.5, 3)


def test_only_a_resource_with_tls_shows_the_certificate() -> None:
    """Certificate and key go to the resources that have `tls`, the authorities to every process that is told."""
    world = World(tls=TlsPaths(cert_file="/t/tls.crt", key_file="/t/tls.key", ca_file="/t/ca.crt"))
    shown = load(NlpSettings, make_environment(_one("nlp", "tls: {secretName: t}"), world))
    assert (shown.tls_cert_file, shown.tls_key_file, shown.tls_ca_file) == ("/t/tls.crt", "/t/tls.key", "/t/ca.crt")
    plain = load(BackendSettings, make_environment(_one("backend"), world))
    assert (plain.tls_cert_file, plain.tls_key_file, plain.tls_ca_file) == (None, None, "/t/ca.crt")


def test_requirement_variables_are_made() -> None:
    """The variables that the requirement names come from the fields that stand for them."""
    agent = make_environment(_one("nlp", "websockets: {enabled: false}"), World())
    assert agent["ENABLE_WEBSOCKETS"] == "false"
    assert (agent["WEBSOCKET_HOST"], agent["WEBSOCKET_PORT"]) == ("0.0.0.0", "8011")  # noqa: S104 - the manifest's
    backend = make_environment(_one("backend", "useWebSockets: {data: false}"), World())
    switches = [backend[f"{kind}_AGENT_USE_WS"] for kind in ("NLP", "DATA", "VIZ")]
    assert switches == ["true", "false", "true"]


def test_backend_is_told_every_replica_in_order() -> None:
    """WebSocket and HTTP addresses stand at the same position; a closed port leaves its place empty."""
    environment = make_environment(_one("backend"), World(agents=_AGENTS))
    assert environment["NLP_AGENT_WS_URL"] == "ws://h:1,"
    assert environment["NLP_AGENT_HTTP_URL"] == "http://h:2,http://h:3"
    assert environment["AGENT_URLS"] == "ws://h:6"
    assert "VIZ_AGENT_WS_URL" not in environment


def test_agents_are_not_told_of_each_other() -> None:
    """Only the backend knows where agents are, and only the data agent where the database is."""
    environment = make_environment(_one("viz"), World(agents=_AGENTS, database_url_file="/run/url"))
    assert not [name for name in environment if name.endswith(("_URL", "_FILE"))]


def test_world_wins_over_the_manifest() -> None:
    """A local run binds loopback and its own ports whatever the manifest says."""
    world = World(host="localhost", ports=Ports(websocket=5, http=6))
    environment = make_environment(_one("nlp"), world)
    shown = [environment[name] for name in ("WEBSOCKET_HOST", "WEBSOCKET_PORT", "HTTP_PORT")]
    assert shown == ["localhost", "5", "6"]


def test_custom_agents_have_no_environment_of_ours() -> None:
    """A custom agent's settings are not in the table."""
    with pytest.raises(ValueError, match="type custom"):
        make_environment(_one("custom", "image: a/b:1"), World())
