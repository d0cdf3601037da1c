"""What a field that was not given means, by type of agent."""

from __future__ import annotations

import dataclasses

import msgspec

from askwire_resources.model import AgentDeployment, AgentType, BackendOptions, Http, WebSockets
from askwire_resources.settings import BackendSettings, DataSettings, NlpSettings, ProcessSettings, VizSettings

__all__ = ["TYPE_DEFAULTS", "Ports", "TypeDefaults", "ports_of", "resolve"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Port numbers of one process; ``metrics`` is the backend's alone."""

    websocket: int
    http: int
    metrics: int | None = None

    def numbers(self) -> tuple[int, ...]:
        """Return each port once."""
        found = (self.websocket, self.http, self.metrics)
        return tuple(dict.fromkeys(port for port in found if port is not None))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TypeDefaults:
    """What a type of agent stands for: its ports, image, Python module and settings."""

    websocket_port: int
    http_port: int
    image: str | None = None
    module: str | None = None
    settings: type[ProcessSettings] | None = None


TYPE_DEFAULTS: dict[AgentType, TypeDefaults] = {
    AgentType.NLP: TypeDefaults(
        websocket_port=8011, http_port=8001, image="askwire/nlp", module="askwire_nlp", settings=NlpSettings
    ),
    AgentType.DATA: TypeDefaults(
        websocket_port=8012, http_port=8002, image="askwire/data", module="askwire_data", settings=DataSettings
    ),
    AgentType.VIZ: TypeDefaults(
        websocket_port=8013, http_port=8003, image="askwire/viz", module="askwire_viz", settings=VizSettings
    ),
    AgentType.BACKEND: TypeDefaults(
        websocket_port=8000,
        http_port=8000,
        image="askwire/backend",
        module="askwire_backend",
        settings=BackendSettings,
    ),
    AgentType.CUSTOM: TypeDefaults(websocket_port=8010, http_port=8009),
}


def ports_of(resource: AgentDeployment) -> Ports:
    """Return the ports of one process; a backend serves page, REST and ``/ws`` on one."""
    spec, by_type = resource.spec, TYPE_DEFAULTS[resource.spec.type]
    if spec.type is AgentType.BACKEND:
        port = spec.http.port or spec.websockets.port or by_type.http_port
        return Ports(websocket=port, http=port, metrics=(spec.backend or BackendOptions()).metrics_port)
    return Ports(
        websocket=spec.websockets.port or by_type.websocket_port,
        http=spec.http.port or by_type.http_port,
    )


def resolve(resource: AgentDeployment, *, version: str = "latest") -> AgentDeployment:
    """Fill in what depends on the type: ports and image. ``version`` is the tag where the spec names none."""
    spec, ports = resource.spec, ports_of(resource)
    default_image = TYPE_DEFAULTS[spec.type].image
    image = spec.image or (f"{default_image}:{spec.version or version}" if default_image else None)
    sockets: WebSockets = msgspec.structs.replace(spec.websockets, port=ports.websocket)
    resolved = msgspec.structs.replace(spec, websockets=sockets, http=Http(port=ports.http), image=image)
    return msgspec.structs.replace(resource, spec=resolved)
