"""Make the environment of a process from its resource and from what is known about the world around it."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import msgspec

from askwire_resources.defaults import TYPE_DEFAULTS, Ports, ports_of
from askwire_resources.model import AgentDeployment, AgentType
from askwire_resources.settings import settings_of

__all__ = ["AgentAddress", "TlsPaths", "World", "make_environment", "value_at"]

_ADDRESSED = (AgentType.NLP, AgentType.DATA, AgentType.VIZ)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AgentAddress:
    """Where one replica of an agent answers; ``websocket_url`` is None where that port is closed."""

    type: AgentType
    websocket_url: str | None
    http_url: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TlsPaths:
    """Where a process finds the three files of its resource's ``tls``."""

    cert_file: str
    key_file: str
    ca_file: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a resource does not say of itself: it depends on where the process runs."""

    host: str | None = None
    """Address to bind in place of the resource's own."""
    ports: Ports | None = None
    """Ports in place of the resource's own."""
    agents: tuple[AgentAddress, ...] = ()
    """The agents of the mesh; only a backend is told."""
    database_url_file: str | None = None
    accept_owner: bool = False
    token_file: str | None = None
    tls: TlsPaths | None = None
    """Only a resource with ``tls`` shows the certificate; the authorities count for every process that is told."""
    auth: str | None = None
    """Used where the resource does not say."""


def make_environment(resource: AgentDeployment, world: World) -> dict[str, str]:
    """Return the variables of one process of ``resource``, all of them from the table of settings.

    Raises:
        ValueError: for ``type: custom``, whose image brings its own settings.
    """
    settings = TYPE_DEFAULTS[resource.spec.type].settings
    if settings is None:
        raise ValueError(f"{resource.metadata.name} is of type custom; its settings are its own")
    values: dict[str, Any] = {}
    known: set[str] = set()
    for _, setting in settings_of(settings):
        known.add(setting.env)
        if setting.field:
            values[setting.env] = value_at(resource, setting.field)
    values |= _of_world(resource, world)
    return {name: text for name in sorted(known) if (text := _to_text(values.get(name))) is not None}


def value_at(resource: AgentDeployment, field: str) -> Any:
    """Return the value at a path as the table of settings writes it; None where nothing was given.

    ``metadata.name`` is a whole path, every other one starts within ``spec``.
    """
    current: Any = resource if field.startswith("metadata.") else resource.spec
    for part in field.split("."):
        if current is None:
            return None
        names = {item.encode_name: item.name for item in msgspec.structs.fields(current)}
        current = getattr(current, names[part])
    return current


def _of_world(resource: AgentDeployment, world: World) -> dict[str, Any]:
    ports = world.ports or ports_of(resource)
    values: dict[str, Any] = {
        "HTTP_PORT": ports.http,
        "WEBSOCKET_PORT": ports.websocket,
        "METRICS_PORT": ports.metrics,
        "DATABASE_URL_FILE": world.database_url_file,
        "ASKWIRE_TOKEN_FILE": world.token_file,
        "TLS_CA_FILE": world.tls.ca_file if world.tls else None,
        "TLS_CERT_FILE": world.tls.cert_file if world.tls and resource.spec.tls else None,
        "TLS_KEY_FILE": world.tls.key_file if world.tls and resource.spec.tls else None,
    }
    if world.host is not None:
        values["WEBSOCKET_HOST"] = world.host
    if world.accept_owner:
        values["DATABASE_ACCEPT_OWNER"] = True
    if resource.spec.auth is None:
        values["ASKWIRE_AUTH"] = world.auth
    for kind in _ADDRESSED:
        replicas = [agent for agent in world.agents if agent.type is kind]
        # The two lists are matched by position, so a replica without a WebSocket port leaves its place empty.
        values[f"{kind.value.upper()}_AGENT_WS_URL"] = ",".join(agent.websocket_url or "" for agent in replicas)
        values[f"{kind.value.upper()}_AGENT_HTTP_URL"] = ",".join(agent.http_url for agent in replicas)
    custom = [agent for agent in world.agents if agent.type is AgentType.CUSTOM]
    values["AGENT_URLS"] = ",".join(agent.websocket_url or agent.http_url for agent in custom)
    return values


def _to_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value) or None
    if isinstance(value, str):
        # A line break cannot be in a variable that a shell or a unit file may have to carry.
        return re.sub(r"[\r\n]+", " ", value) or None
    return None
