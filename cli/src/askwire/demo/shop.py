"""Load the demo shop into a database, unless the same rows are there already."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import importlib.resources
from collections.abc import Callable

import psycopg
from psycopg import sql

from askwire.demo.failure import PostgresFailed
from askwire.demo.shop_tables import DEFAULT_TODAY, ShopTable, make_shop, period_before

__all__ = ["SHOP_SCHEMA", "LoadedShop", "load_shop"]

SHOP_SCHEMA = "shop"
_SOURCES = ("shop_schema.sql", "shop_keys.sql", "shop_words.py", "shop_people.py", "shop_orders.py", "shop_tables.py")
_MARK = "Askwire demo shop, content"


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedShop:
    """What is in the shop; ``fresh`` is False where an earlier load was found and kept."""

    rows: int
    fresh: bool


def _silent(_line: str) -> None: ...


def load_shop(
    url: str, today: datetime.date = DEFAULT_TODAY, *, progress: Callable[[str], None] = _silent
) -> LoadedShop:
    """Put the demo shop into schema `shop` of an own database; blocks for some seconds the first time.

    The rows cover three full years that end with the month before `today`. All is done in one transaction, and a mark
    of the content is left as the database's comment, so that a load that was cut off leaves nothing, and the same
    content is not loaded again. Other content of ours is replaced, together with all rights on it: make the reader
    role after this.

    Args:
        url: of the database's owner, who may be no superuser.
        today: its month alone matters; the default always gives the same rows.
        progress: is told in a few words what takes time.

    Raises:
        PostgresFailed: no connection, or a schema `shop` that is not ours.
    """
    mark = f"{_MARK} {_content_hash(today)}"
    try:
        with psycopg.connect(url, application_name="askwire") as connection:
            # also makes a second loader wait for the first
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('askwire demo shop'))")
            found = _find_mark(connection)
            if found == mark:
                return LoadedShop(_count_rows(connection), fresh=False)
            _remove_former(connection, ours=found.startswith(_MARK))
            progress("making the demo shop's rows")
            tables = make_shop(today)
            rows = sum(len(table.rows) for table in tables)
            progress(f"loading {rows:,} rows")
            _write(connection, tables, mark)
        with psycopg.connect(url, autocommit=True, application_name="askwire") as connection:
            connection.execute("VACUUM (ANALYZE)")
    except psycopg.Error as error:
        reason = (error.diag.message_primary or str(error)).strip().splitlines()[0]
        raise PostgresFailed(f"Can't load the demo shop: {reason.rstrip('.')}.") from error
    return LoadedShop(rows, fresh=True)


def _content_hash(today: datetime.date) -> str:
    """Return a hash of all that decides on the rows: the sources and the period."""
    digest = hashlib.sha256(repr(period_before(today)).encode())
    folder = importlib.resources.files("askwire.demo")
    for name in _SOURCES:
        digest.update(folder.joinpath(name).read_bytes())
    return digest.hexdigest()[:16]


def _find_mark(connection: psycopg.Connection) -> str:
    row = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    return (row[0] if row is not None else None) or ""


def _remove_former(connection: psycopg.Connection, *, ours: bool) -> None:
    found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (SHOP_SCHEMA,)).fetchone()
    if found is None:
        return
    if not ours:
        raise PostgresFailed(
            f"Database {connection.info.dbname} has a schema {SHOP_SCHEMA} that is not the demo's; it is left alone."
        )
    connection.execute("SET LOCAL lock_timeout = '10s'")
    connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(SHOP_SCHEMA)))


def _count_rows(connection: psycopg.Connection) -> int:
    row = connection.execute(
        "SELECT coalesce(sum(reltuples), 0)::bigint FROM pg_class "
        "WHERE relnamespace = %s::regnamespace AND relkind = 'r'",
        (SHOP_SCHEMA,),
    ).fetchone()
    return int(row[0]) if row is not None else 0


def _write(connection: psycopg.Connection, tables: list[ShopTable], mark: str) -> None:
    folder = importlib.resources.files("askwire.demo")
    connection.execute(folder.joinpath("shop_schema.sql").read_bytes())
    for table in tables:
        # frozen: no reader can see the rows before they are committed, so they need no second writing later
        command = sql.SQL("COPY {} FROM STDIN (FREEZE)").format(sql.Identifier(SHOP_SCHEMA, table.name))
        with connection.cursor().copy(command) as copy:
            for row in table.rows:
                copy.write_row(row)
    connection.execute(folder.joinpath("shop_keys.sql").read_bytes())
    database = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, sql.Literal(mark)))
