"""Free and busy ports."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import psutil
import pytest

from askwire.runner.ports import choose_loopback_host, find_holder, is_free, iterate_free_ports


@pytest.fixture
def busy_port() -> Iterator[int]:
    """A port at which this process listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def test_busy_port_and_its_holder(busy_port: int) -> None:
    """A port in use is told from a free one, and its process is named."""
    assert not is_free(busy_port)
    assert not is_free(busy_port, every_address=True)
    assert find_holder(busy_port) == f"{psutil.Process().name()} (process {psutil.Process().pid})"


def test_free_ports_are_free_and_different() -> None:
    """Each port is given once."""
    ports = [port for port, _ in zip(iterate_free_ports(), range(20), strict=False)]
    assert len(set(ports)) == 20
    assert all(is_free(port) for port in ports)
    assert find_holder(ports[0]) is None


def test_loopback_host_is_loopback() -> None:
    """Whatever the machine's hosts file says, nothing but loopback is bound."""
    host = choose_loopback_host()
    found = {entry[4][0] for entry in socket.getaddrinfo(host, 1, type=socket.SOCK_STREAM)}
    assert found <= {"127.0.0.1", "::1"}
