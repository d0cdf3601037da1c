"""Ports of this machine: which are free, and who holds a busy one."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator

import psutil

__all__ = ["choose_loopback_host", "find_holder", "is_free", "iterate_free_ports"]

_FAMILIES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


def choose_loopback_host() -> str:
    """Return the name that binds both loopback addresses, or 127.0.0.1 where the name does not mean just these.

    ``wscat`` and browsers try ::1 first for ``localhost``, and somebody else's server must not answer there.
    """
    with contextlib.suppress(OSError):
        found = {str(entry[4][0]) for entry in socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)}
        if found and all(_can_bind(address) for address in found) and found <= {"127.0.0.1", "::1"}:
            return "localhost"
    return "127.0.0.1"


def is_free(port: int, *, every_address: bool = False) -> bool:
    """Say whether a server could listen at this port on loopback (or on every address) now."""
    addresses = ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")) if every_address else _FAMILIES  # noqa: S104
    return all(_try_bind(family, address, port) for family, address in addresses)


def iterate_free_ports() -> Iterator[int]:
    """Yield ports that nobody listens on, each once; another process may take one at any time after."""
    seen: set[int] = set()
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in seen and is_free(port):
            seen.add(port)
            yield port


def find_holder(port: int) -> str | None:
    """Return the process that listens at the port, as ``python3 (process 123)``; None where that is hidden from us."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:2] == (port,) and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    return None


def _can_bind(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _try_bind(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((address, port))
    except OSError as problem:
        # A family that this machine does not have cannot be busy.
        return problem.errno in {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}
    return True
