"""The sentence for a port that cannot be opened."""

from __future__ import annotations

import errno
import os

from askwire_resources.port_failure import explain_port_failure


def test_a_taken_port_is_told_from_one_that_is_not_allowed() -> None:
    """A port of another process asks to free it or to move; any other problem is said as the system says it."""
    taken = OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    denied = OSError(errno.EACCES, "Permission denied")

    assert explain_port_failure("HTTP_PORT", "127.0.0.1", 8001, taken) == (
        "Port 8001 (HTTP_PORT) on 127.0.0.1 is taken by another process; free it or set HTTP_PORT."
    )
    assert explain_port_failure("HTTP_PORT", "127.0.0.1", 80, denied) == (
        "Port 80 (HTTP_PORT) on 127.0.0.1 cannot be opened: Permission denied."
    )
