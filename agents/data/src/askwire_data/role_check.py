"""Judge the database's role: it should be able to read, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection, AsyncRawCursor

from askwire_data.guard.relations import quote_identifier

__all__ = ["RoleFacts", "make_role_sql", "problems_of", "read_role_facts"]

_SHOWN = 3
_READER = "askwire_reader"

_QUERY = """
WITH readable AS (
  SELECT c.oid, c.relowner, c.relacl, format('%I.%I', n.nspname, c.relname) AS label, n.oid AS schema
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND has_schema_privilege(n.oid, 'USAGE')
    AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT')))
SELECT json_build_object(
  'role', current_user::text, 'database', current_database()::text,
  'superuser', r.rolsuper, 'bypasses_row_security', r.rolbypassrls,
  'owns', ARRAY(SELECT label FROM readable WHERE pg_has_role(relowner, 'USAGE') ORDER BY label LIMIT 3),
  'writes', ARRAY(SELECT label FROM readable
                  WHERE has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                     OR has_any_column_privilege(oid, 'INSERT, UPDATE') ORDER BY label LIMIT 3),
  'creates', ARRAY(SELECT n.nspname::text FROM pg_catalog.pg_namespace n
                   WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                     AND has_schema_privilege(n.oid, 'CREATE') ORDER BY 1 LIMIT 3),
  'creates_schemas', has_database_privilege(current_database(), 'CREATE'),
  'member_of', ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_roles g
                     WHERE g.rolname ~ '^pg_' AND pg_has_role(g.oid, 'MEMBER') ORDER BY 1 LIMIT 3),
  'schemas', ARRAY(SELECT DISTINCT n.nspname::text FROM readable c JOIN pg_catalog.pg_namespace n ON n.oid = c.schema
                   ORDER BY 1))::text
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
"""


class RoleFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the role is and may; each list holds the first few."""

    role: str
    database: str
    superuser: bool = False
    bypasses_row_security: bool = False
    owns: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    creates: tuple[str, ...] = ()
    creates_schemas: bool = False
    member_of: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()


async def read_role_facts(connection: AsyncConnection[Any]) -> RoleFacts:
    """Ask the database what the connected role may do.

    Raises:
        psycopg.Error: the database can't be asked.
    """
    cursor = AsyncRawCursor(connection)
    await cursor.execute(_QUERY)
    row = await cursor.fetchone()
    return msgspec.json.decode(row[0] if row else "{}", type=RoleFacts)


def problems_of(facts: RoleFacts) -> tuple[str, ...]:
    """Return one clause for each thing that the role can do beyond reading."""
    if facts.superuser:
        return ("it is a superuser",)
    problems = []
    if facts.bypasses_row_security:
        problems.append("it bypasses row-level security")
    if facts.owns:
        problems.append(f"it owns {_some(facts.owns)}")
    if facts.writes:
        problems.append(f"it may write to {_some(facts.writes)}")
    if facts.creates:
        problems.append(f"it may create objects in the schema {_some(facts.creates)}")
    if facts.creates_schemas:
        problems.append("it may create schemas")
    if facts.member_of:
        problems.append(f"it is a member of {_some(facts.member_of)}")
    return tuple(problems)


def make_role_sql(facts: RoleFacts, reader: str = _READER) -> str:
    """Return the SQL, for an administrator to run, that makes a role which can only read these schemas.

    ``reader`` is the new role's name, as SQL writes it.
    """
    database = _quoted(facts.database)
    lines = [
        f"CREATE ROLE {reader} LOGIN PASSWORD 'choose one' NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;",
        f"ALTER ROLE {reader} SET default_transaction_read_only = on;",
        f"GRANT CONNECT ON DATABASE {database} TO {reader};",
        f"REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC;",
    ]
    for schema in facts.schemas or ("public",):
        name = _quoted(schema)
        lines += [
            f"REVOKE CREATE ON SCHEMA {name} FROM PUBLIC;",
            f"GRANT USAGE ON SCHEMA {name} TO {reader};",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO {reader};",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {name} GRANT SELECT ON TABLES TO {reader};",
        ]
    return "\n".join(lines)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (" and others" if len(names) >= _SHOWN else "")


def _quoted(name: str) -> str:
    quoted = quote_identifier(name)
    return quoted if quoted.startswith('"') else f'"{name}"'
