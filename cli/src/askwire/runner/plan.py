"""Decide which processes a set of resources becomes on one machine, with their ports and environment."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from askwire_resources.defaults import TYPE_DEFAULTS, Ports, ports_of
from askwire_resources.environment import AgentAddress, TlsPaths, World, make_environment
from askwire_resources.model import AgentDeployment, AgentType, Auth

__all__ = ["PlanError", "PlanOptions", "PlannedProcess", "RunPlan", "find_unused_fields", "plan_run"]

_UNUSED = ("nlp.synonyms", "nlp.glossaryConfigMap", "backend.stateDatabase")
"""Fields of the spec that only mean something to the operator."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What is known besides the resources; ``port`` is for the page (None: the manifest's)."""

    bind_host: str | None
    connect_host: str = "127.0.0.1"
    page_host: str = "localhost"
    port: int | None = None
    database_url_file: str = ""
    accept_owner: bool = False
    token_file: str = ""
    tls: TlsPaths | None = None
    """What stands for the Secrets of all resources with ``tls``."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlannedProcess:
    """One process to start: ``python -m <module>`` with exactly this environment beside the usual few variables."""

    name: str
    type: AgentType
    module: str
    environment: dict[str, str]
    ports: Ports
    address: AgentAddress
    mesh: str
    drain_s: float

    @property
    def liveness_url(self) -> str:
        """What a liveness probe asks: an agent has it on its HTTP port, a backend on the port for machines."""
        host = self.address.http_url.rpartition(":")[0]
        return f"{host}:{self.ports.metrics or self.ports.http}/livez"

    @property
    def is_backend(self) -> bool:
        """Whether it is the one that people talk to."""
        return self.type is AgentType.BACKEND


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """All processes; ``notes`` says what of the manifest a local run does not do."""

    processes: tuple[PlannedProcess, ...]
    page_url: str
    notes: tuple[str, ...] = ()
    needs_token: bool = False
    ca_file: str | None = None

    @property
    def agents(self) -> tuple[PlannedProcess, ...]:
        """All but the backends."""
        return tuple(process for process in self.processes if not process.is_backend)

    @property
    def backends(self) -> tuple[PlannedProcess, ...]:
        """The backends; the first one's page is shown."""
        return tuple(process for process in self.processes if process.is_backend)


@dataclasses.dataclass(frozen=True, slots=True)
class _Replica:
    resource: AgentDeployment
    name: str
    ports: Ports
    address: AgentAddress


class PlanError(ValueError):
    """The resources cannot run together on one machine; the text says why."""


def plan_run(resources: Sequence[AgentDeployment], options: PlanOptions, free_ports: Iterator[int]) -> RunPlan:
    """Plan every replica of every resource.

    Replica 0 has the manifest's ports, further ones take from ``free_ports``, and so does replica 0 where it named
    none and another resource has the default.

    Raises:
        PlanError: two resources want the same port, or there is no backend.
    """
    notes: list[str] = []
    taken: dict[int, str] = {}
    runnable = [resource for resource in resources if _can_run(resource, notes)]
    first_backend = next((each for each in runnable if each.spec.type is AgentType.BACKEND), None)
    if first_backend is None:
        raise PlanError("there is no resource of type backend to run, and questions go through it")
    replicas: list[_Replica] = []
    for resource in sorted(runnable, key=lambda each: not _named_ports(each)):
        port = options.port if resource is first_backend else None
        for index in range(resource.spec.replicas):
            ports = _choose_ports(resource, index, port, taken, free_ports)
            replicas.append(_make_replica(resource, index, ports, options))
        notes += [
            f"{resource.metadata.name}: spec.{field} has no effect here" for field in find_unused_fields(resource)
        ]
    order = {id(resource): position for position, resource in enumerate(resources)}
    replicas.sort(key=lambda each: order[id(each.resource)])
    processes = tuple(_make_process(replica, replicas, options) for replica in replicas)
    page = next(each for each in replicas if each.resource is first_backend)
    return RunPlan(
        processes=processes,
        page_url=f"{_scheme('http', first_backend)}://{options.page_host}:{page.ports.http}",
        notes=tuple(notes),
        needs_token=any(each.spec.auth is Auth.REQUIRED for each in runnable),
        ca_file=options.tls.ca_file if options.tls else None,
    )


def find_unused_fields(resource: AgentDeployment) -> tuple[str, ...]:
    """Return the given fields that a local run does not apply."""
    spec = resource.spec
    given = {
        "nlp.synonyms": spec.nlp is not None and bool(spec.nlp.synonyms),
        "nlp.glossaryConfigMap": spec.nlp is not None and spec.nlp.glossary_config_map is not None,
        "backend.stateDatabase": spec.backend is not None and spec.backend.state_database is not None,
    }
    return tuple(field for field in _UNUSED if given[field])


def _can_run(resource: AgentDeployment, notes: list[str]) -> bool:
    name = resource.metadata.name
    if resource.spec.type is AgentType.CUSTOM:
        notes.append(
            f"{name} is of type custom: it runs from a container image, and `askwire up` starts no containers."
        )
        return False
    if resource.spec.suspend or resource.spec.replicas == 0:
        notes.append(f"{name} is suspended or has no replicas, so it is not started.")
        return False
    return True


def _named_ports(resource: AgentDeployment) -> frozenset[int]:
    """Return the ports that the manifest names; the others come from defaults and can give way."""
    spec = resource.spec
    metrics = spec.backend.metrics_port if spec.backend is not None else None
    return frozenset(port for port in (spec.http.port, spec.websockets.port, metrics) if port is not None)


def _choose_ports(
    resource: AgentDeployment, index: int, page_port: int | None, taken: dict[int, str], free_ports: Iterator[int]
) -> Ports:
    name, wanted, named = resource.metadata.name, ports_of(resource), _named_ports(resource)
    if index == 0 and page_port is not None:
        http = page_port or next(free_ports)
        wanted, named = dataclasses.replace(wanted, http=http, websocket=http), named | {http}

    def choose(port: int) -> int:
        if index == 0 and port not in taken:
            return port
        if index == 0 and port in named:
            raise PlanError(f"{name} and {taken[port]} both want port {port}")
        return next(free_ports)

    http = choose(wanted.http)
    chosen = Ports(
        websocket=http if wanted.websocket == wanted.http else choose(wanted.websocket),
        http=http,
        metrics=choose(wanted.metrics) if wanted.metrics is not None else None,
    )
    taken.update(dict.fromkeys(chosen.numbers(), name))
    return chosen


def _make_replica(resource: AgentDeployment, index: int, ports: Ports, options: PlanOptions) -> _Replica:
    namespace = resource.metadata.namespace
    prefix = "" if namespace == "default" else f"{namespace}."
    websocket_url = f"{_scheme('ws', resource)}://{options.connect_host}:{ports.websocket}"
    address = AgentAddress(
        type=resource.spec.type,
        websocket_url=websocket_url if resource.spec.websockets.enabled else None,
        http_url=f"{_scheme('http', resource)}://{options.connect_host}:{ports.http}",
    )
    return _Replica(resource, f"{prefix}{resource.metadata.name}-{index}", ports, address)


def _make_process(replica: _Replica, replicas: Sequence[_Replica], options: PlanOptions) -> PlannedProcess:
    resource = replica.resource
    kind = resource.spec.type
    module = TYPE_DEFAULTS[kind].module
    assert module is not None, "only runnable types are planned"  # noqa: S101 - types without one were left out
    peers = tuple(each.address for each in replicas if _same_mesh(each.resource, resource) and each is not replica)
    secured = any(each.resource.spec.auth is Auth.REQUIRED for each in replicas if _same_mesh(each.resource, resource))
    world = World(
        host=options.bind_host,
        ports=replica.ports,
        agents=tuple(peer for peer in peers if peer.type is not AgentType.BACKEND),
        database_url_file=options.database_url_file or None,
        accept_owner=options.accept_owner,
        token_file=options.token_file if secured else None,
        tls=options.tls,
    )
    return PlannedProcess(
        name=replica.name,
        type=kind,
        module=module,
        environment=make_environment(resource, world),
        ports=replica.ports,
        address=replica.address,
        mesh=f"{resource.metadata.namespace}/{resource.spec.mesh}",
        drain_s=resource.spec.drain_seconds,
    )


def _scheme(plain: str, resource: AgentDeployment) -> str:
    return plain if resource.spec.tls is None else f"{plain}s"


def _same_mesh(one: AgentDeployment, other: AgentDeployment) -> bool:
    return (one.metadata.namespace, one.spec.mesh) == (other.metadata.namespace, other.spec.mesh)
