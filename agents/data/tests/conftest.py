"""Fixtures of the data agent's tests: the sandbox database, and what asks it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from askwire.demo.postgres import PostgresServer
from askwire_data.catalog import read_catalog
from askwire_data.catalog_queries import read_attribute_functions
from askwire_data.database import Database
from askwire_data.guard import Relations, relations_of

# pytest-asyncio asks for the current loop; where none was ever set, asyncio makes one that nobody closes
asyncio.set_event_loop(None)


@pytest.fixture(scope="session")
def sandbox_owner_url(postgres: PostgresServer) -> str:
    """The superuser's URL of a database with hidden tables, columns and rows."""
    url = postgres.create_database("sandbox")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((Path(__file__).parent / "sandbox.sql").read_bytes())
    return url


@pytest.fixture(scope="session")
def sandbox_url(sandbox_owner_url: str) -> str:
    """The URL of the role that can only read a part of the sandbox."""
    parts = urlsplit(sandbox_owner_url)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"agent_ro:agent@{address}"))


@pytest.fixture(scope="session")
def sandbox_url_file(sandbox_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that holds the sandbox's URL."""
    file = tmp_path_factory.mktemp("url") / "database-url"
    file.write_text(sandbox_url + "\n")
    return file


@pytest.fixture
async def database(sandbox_url_file: Path) -> AsyncIterator[Database]:
    """Two connections to the sandbox."""
    database = Database(str(sandbox_url_file), max_connections=2)
    await database.open()
    yield database
    await database.close()


_relations: list[Relations] = []


@pytest.fixture
async def relations(sandbox_url: str) -> Relations:
    """What the sandbox's role may read, as the guard gets it."""
    if not _relations:
        catalog = await read_catalog(sandbox_url)
        async with await psycopg.AsyncConnection.connect(sandbox_url, autocommit=True) as connection:
            _relations.append(relations_of(catalog, await read_attribute_functions(connection)))
    return _relations[0]
