"""Load plain SQL files without psql: statements and COPY blocks, without lines that only psql knows."""

from __future__ import annotations

import dataclasses
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg

__all__ = ["DumpPart", "load_dump", "split_dump"]

# psql's own commands, other databases, and a setting that newer servers do not have
_LEFT_OUT = re.compile(r"\\\w|(?:DROP|CREATE) DATABASE\b|SET default_with_oids\b", re.IGNORECASE)
_COPY = re.compile(r"COPY\b.*\bFROM\s+stdin\b.*;\s*$", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class DumpPart:
    """Statements that run together, or one COPY statement with its rows."""

    sql: str
    copy_rows: str | None = None


def split_dump(text: str) -> Iterator[DumpPart]:
    """Cut a dump at its COPY blocks, leaving out the lines that can't be sent to a server."""
    statements: list[str] = []
    lines = iter(text.splitlines(keepends=True))
    for line in lines:
        if _COPY.match(line):
            if statements:
                yield DumpPart("".join(statements))
                statements = []
            rows = iter(lambda: next(lines, "\\.\n"), "\\.\n")
            yield DumpPart(line, "".join(rows))
        elif not _LEFT_OUT.match(line):
            statements.append(line)
    if statements:
        yield DumpPart("".join(statements))


def load_dump(file: Path, url: str) -> None:
    """Run a dump (gzip) in the database of `url`, in one transaction, and gather statistics.

    Raises:
        psycopg.Error: no connection, or the server refuses a statement.
    """
    text = gzip.decompress(file.read_bytes()).decode("utf-8-sig")
    with psycopg.connect(url) as connection:
        for part in split_dump(text):
            if part.copy_rows is None:
                connection.execute(part.sql.encode())
                continue
            with connection.cursor().copy(part.sql.encode()) as copy:
                copy.write(part.copy_rows)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
