"""Where the agents are, as the settings say (no I/O)."""

from __future__ import annotations

import dataclasses
import itertools

from askwire_resources.settings import BackendSettings

__all__ = ["Endpoint", "EndpointsError", "static_endpoints"]


class EndpointsError(Exception):
    """The addresses in the settings do not make endpoints; the text says which variable is wrong."""


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoint:
    """One agent process to keep a link to; ``agent_type`` is ``custom`` where only its welcome will tell."""

    agent_type: str
    url: str

    @property
    def transport(self) -> str:
        """``websocket`` or ``http``, by the address' scheme."""
        return "websocket" if self.url.startswith(("ws://", "wss://")) else "http"


def static_endpoints(settings: BackendSettings) -> tuple[Endpoint, ...]:
    """Return the endpoints that the variables name.

    The addresses of both transports are lists in the same order; ``*_AGENT_USE_WS`` chooses, and where an agent has
    only one of the two, that one is taken.
    """
    built_in = (
        ("nlp", settings.nlp_ws_url, settings.nlp_http_url, settings.nlp_use_ws),
        ("data", settings.data_ws_url, settings.data_http_url, settings.data_use_ws),
        ("viz", settings.viz_ws_url, settings.viz_http_url, settings.viz_use_ws),
    )
    endpoints = [
        endpoint
        for agent_type, ws_urls, http_urls, use_ws in built_in
        for endpoint in _of_type(agent_type, _split(ws_urls), _split(http_urls), use_ws=use_ws)
    ]
    endpoints += [Endpoint("custom", _checked("AGENT_URLS", url)) for url in _split(settings.agent_urls)]
    return tuple(dict.fromkeys(endpoints))


def _of_type(agent_type: str, ws_urls: list[str], http_urls: list[str], *, use_ws: bool) -> list[Endpoint]:
    prefix = f"{agent_type.upper()}_AGENT_"
    endpoints = []
    for ws_url, http_url in itertools.zip_longest(ws_urls, http_urls, fillvalue=""):
        wanted = (ws_url or http_url) if use_ws else (http_url or ws_url)
        variable = prefix + ("WS_URL" if wanted == ws_url else "HTTP_URL")
        endpoints.append(Endpoint(agent_type, _checked(variable, wanted)))
    return endpoints


def _split(text: str) -> list[str]:
    return [part.strip().rstrip("/") for part in text.split(",") if part.strip()]


def _checked(variable: str, url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator or not rest or scheme not in ("ws", "wss", "http", "https"):
        raise EndpointsError(
            f"{variable} holds {url!r}, which is no address such as ws://host:8011 or http://host:8001."
        )
    return url
