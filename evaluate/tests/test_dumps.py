"""Plain SQL dumps are loaded without psql."""

from __future__ import annotations

import gzip
import secrets
from pathlib import Path

import psycopg

from askwire.demo.postgres import PostgresServer
from askwire_evaluate.dumps import DumpPart, load_dump, split_dump

_DUMP = """\
DROP DATABASE IF EXISTS music;
CREATE DATABASE music;
\\c music;
SET default_with_oids = false;
CREATE TABLE songs (id int, title text);
INSERT INTO songs VALUES (1, 'a;
b');
COPY songs (id, title) FROM stdin;
2\tDROP DATABASE in a row
3\t\\N
\\.
ALTER TABLE songs ADD PRIMARY KEY (id);
"""


def test_cuts_at_copy_blocks() -> None:
    """Rows of a COPY are kept as they are; psql's lines and foreign databases are left out."""
    before, rows, after = split_dump(_DUMP)
    assert before.sql.startswith("CREATE TABLE")
    assert before.sql.endswith("b');\n")
    assert rows == DumpPart("COPY songs (id, title) FROM stdin;\n", "2\tDROP DATABASE in a row\n3\t\\N\n")
    assert after == DumpPart("ALTER TABLE songs ADD PRIMARY KEY (id);\n")


def test_loads_statements_and_rows(postgres: PostgresServer, tmp_path: Path) -> None:
    """All parts arrive in the database."""
    file = tmp_path / "dump.sql.gz"
    file.write_bytes(gzip.compress(_DUMP.encode()))
    url = postgres.create_database(f"dump_{secrets.token_hex(4)}")
    load_dump(file, url)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT id, title FROM songs ORDER BY id").fetchall() == [
            (1, "a;\nb"),
            (2, "DROP DATABASE in a row"),
            (3, None),
        ]
