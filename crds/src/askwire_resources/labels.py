"""Names that resource, operator and backend agree on: API group, labels, ports, children."""

from __future__ import annotations

__all__ = [
    "AGENT_LABEL",
    "API_VERSION",
    "CHILD_SUFFIXES",
    "GROUP",
    "HTTP_PORT_NAME",
    "KIND",
    "MAX_NAME_LENGTH",
    "MESH_LABEL",
    "METRICS_PORT_NAME",
    "PLURAL",
    "SHORT_NAME",
    "TYPE_LABEL",
    "VERSION",
    "WEBSOCKET_PORT_NAME",
]

GROUP = "askwire.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "AgentDeployment"
PLURAL = "agentdeployments"
SHORT_NAME = "agd"

AGENT_LABEL = f"{GROUP}/agent"
MESH_LABEL = f"{GROUP}/mesh"
TYPE_LABEL = f"{GROUP}/type"

WEBSOCKET_PORT_NAME = "ws"
HTTP_PORT_NAME = "http"
METRICS_PORT_NAME = "metrics"

MAX_NAME_LENGTH = 40
"""Leaves room for what is appended to a child's name within the 63 characters of a label."""

CHILD_SUFFIXES = ("-headless", "-token")
"""A resource whose name ended so could clash with another resource's child."""
