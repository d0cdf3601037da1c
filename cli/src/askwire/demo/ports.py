"""Free and busy ports on loopback."""

from __future__ import annotations

import socket

__all__ = ["find_free_port", "is_port_free"]


def is_port_free(port: int) -> bool:
    """Say whether a server could listen on 127.0.0.1 at this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def find_free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on; another process may take it at any time after."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
