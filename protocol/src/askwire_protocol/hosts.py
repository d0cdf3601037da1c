"""Which Host headers are trusted, so that a page of somebody's domain cannot reach a port by pointing its name here."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

__all__ = ["host_allowed", "host_name"]

_LOCAL_SUFFIXES = (".localhost", ".svc", ".svc.cluster.local")


def host_name(header: str) -> str:
    """Return the name in a Host header, in lower case, without port and brackets."""
    name = header.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.rpartition(":")[0] if name.count(":") == 1 else name


def host_allowed(header: str | None, extra: Collection[str] = ()) -> bool:
    """Allow addresses, names of one label (service names), cluster names, and those in ``extra``."""
    name = host_name(header or "")
    if not name:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." not in name or name.endswith(_LOCAL_SUFFIXES) or name in extra
    return True
