"""What every Askwire agent shares: serving, admission, worker processes, drain, health.

The names are imported on first use: a worker process needs none of them, and should not pay for them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from askwire_agent.agent import Agent, Request
    from askwire_agent.process import run
    from askwire_agent.service import Service, StartFailed
    from askwire_agent.workers import Workers

__all__ = ["Agent", "Request", "Service", "StartFailed", "Workers", "run"]

__version__ = "0.1.0"

_MODULES = {
    "Agent": "agent",
    "Request": "agent",
    "Service": "service",
    "StartFailed": "service",
    "Workers": "workers",
    "run": "process",
}


def __getattr__(name: str) -> Any:  # the type of each name is declared above
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
