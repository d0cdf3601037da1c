"""Fixtures for all distributions: a real PostgreSQL server, databases on it, the shared data, a free port.

Each test process has a server of its own, started when a test first asks for one; each database is loaded when a
test first asks for it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from askwire.demo.ports import find_free_port
from askwire.demo.postgres import PostgresServer


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder with evaluation databases and corpora: $ASKWIRE_SHARED, or `shared` beside the checkout."""
    root = Path(__file__).parent
    folder = Path(os.environ.get("ASKWIRE_SHARED") or root.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"the shared data is absent: {folder} (set ASKWIRE_SHARED)")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """An embedded server without durability, in a temporary folder of its own."""
    # not pytest's own temporary folder: the account that runs root's server can't reach that one
    folder = Path(tempfile.mkdtemp(prefix="askwire-test-"))
    try:
        with PostgresServer.start(folder, durable=False) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    return find_free_port()
