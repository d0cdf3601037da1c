"""Fixtures for all distributions: a real PostgreSQL server, databases on it, the shared data, a free port.

Each test process has a server of its own, started when a test first asks for one; each database is loaded when a
test first asks for it.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from askwire.demo.ports import find_free_port
from askwire.demo.postgres import PostgresServer
from askwire.demo.reader_role import make_reader
from askwire.demo.shop import load_shop
from askwire_evaluate.dumps import load_dump

# with --import-mode=importlib no folder of tests is importable by itself
sys.path.insert(0, str(Path(__file__).parent / "tests"))


@pytest.fixture(scope="session", autouse=True)
def _no_stray_event_loop() -> None:
    """Stop asyncio from making a loop that nobody closes when pytest-asyncio asks for the current one."""
    asyncio.set_event_loop(None)


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


@pytest.fixture(scope="session")
def shop_url(postgres: PostgresServer, reader_password: str) -> str:
    """URL of the database with the demo shop for a role that can only read; its superuser: see `postgres`."""
    url = postgres.create_database("demo")
    load_shop(url)
    return make_reader(url, password=reader_password, own_database=True).url


@pytest.fixture(scope="session")
def chinook_url(postgres: PostgresServer, shared_folder: Path, reader_password: str) -> str:
    """URL of the database Chinook (music sold online) for a role that can only read; its superuser: see `postgres`."""
    return _load_dump(postgres, shared_folder, "chinook", reader_password)


@pytest.fixture(scope="session")
def northwind_url(postgres: PostgresServer, shared_folder: Path, reader_password: str) -> str:
    """URL of the database Northwind (a food trader) for a role that can only read; its superuser: see `postgres`."""
    return _load_dump(postgres, shared_folder, "northwind", reader_password)


@pytest.fixture(scope="session")
def reader_password() -> str:
    """The password of the role askwire_reader, which all databases of the server share."""
    return secrets.token_urlsafe(16)


@pytest.fixture
def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    return find_free_port()


def _load_dump(server: PostgresServer, shared: Path, name: str, password: str) -> str:
    """Load one of the evaluation's databases, and return a URL of the role that can only read it."""
    file = shared / "evaluation" / "demo_dbs" / f"{name}.sql.gz"
    if not file.is_file():
        pytest.skip(f"the database {name} is absent: {file}")
    url = server.create_database(name)
    load_dump(file, url)
    return make_reader(url, password=password, own_database=True).url
