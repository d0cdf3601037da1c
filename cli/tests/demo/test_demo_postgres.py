"""Embedded PostgreSQL: start, reuse, stop, and what stands in its way."""

from __future__ import annotations

import psycopg

from askwire.demo.postgres import PostgresServer


def test_answers_queries(postgres: PostgresServer) -> None:
    """A started server takes connections of its superuser over TCP."""
    with psycopg.connect(postgres.superuser_url()) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    assert row is not None
    assert row[0].startswith("18")
