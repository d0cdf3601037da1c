"""Judge the database's role: it should be able to read, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection, AsyncRawCursor

from askwire_data.guard.relations import quote_identifier

__all__ = ["RoleFacts", "make_role_sql", "problems_of", "read_role_facts", "warnings_of"]

_SHOWN = 3
_READER = "askwire_reader"
_ON_DATABASE = {"CREATE": "schemas", "TEMPORARY": "temporary tables"}

# a role that can act as another one has that one's rights; the rights of everybody (grantee 0) are told apart
_QUERY = """
WITH tables AS (
  SELECT c.oid, c.relowner, format('%I.%I', n.nspname, c.relname) AS label, n.nspname AS schema,
         has_schema_privilege(n.oid, 'USAGE')
           AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT')) AS readable
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'),
granted AS (
  SELECT n.nspname AS schema, a.grantee, a.privilege_type AS privilege
  FROM pg_catalog.pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  UNION ALL
  SELECT NULL, a.grantee, a.privilege_type
  FROM pg_catalog.pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
  WHERE d.datname = current_database()),
rights AS (
  SELECT quote_ident(schema) AS label, schema IS NULL AS on_database, privilege, bool_or(grantee <> 0) AS own
  FROM granted WHERE privilege IN ('CREATE', 'TEMPORARY') AND (grantee = 0 OR pg_has_role(grantee, 'MEMBER'))
  GROUP BY schema, privilege)
SELECT json_build_object(
  'role', current_user::text, 'database', current_database()::text,
  'superuser', r.rolsuper, 'bypasses_row_security', r.rolbypassrls, 'creates_roles', r.rolcreaterole,
  'owns', ARRAY(SELECT label FROM tables WHERE pg_has_role(relowner, 'MEMBER') ORDER BY label LIMIT 3),
  'writes', ARRAY(SELECT label FROM tables
                  WHERE has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                     OR has_any_column_privilege(oid, 'INSERT, UPDATE') ORDER BY label LIMIT 3),
  'creates', ARRAY(SELECT label FROM rights WHERE NOT on_database AND privilege = 'CREATE' AND own ORDER BY 1 LIMIT 3),
  'everybody_creates', ARRAY(SELECT label FROM rights
                             WHERE NOT on_database AND privilege = 'CREATE' AND NOT own ORDER BY 1),
  'on_database', ARRAY(SELECT privilege FROM rights WHERE on_database AND own ORDER BY 1),
  'everybody_on_database', ARRAY(SELECT privilege FROM rights WHERE on_database AND NOT own ORDER BY 1),
  'member_of', ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_roles g
                     WHERE g.rolname ~ '^pg_' AND pg_has_role(g.oid, 'MEMBER') ORDER BY 1 LIMIT 3),
  'schemas', ARRAY(SELECT DISTINCT schema::text FROM tables WHERE readable ORDER BY 1))::text
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
"""


class RoleFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the role is and may; lists of what it may itself hold the first few.

    What is ``everybody``'s the role may only because PUBLIC may. Rights on the database are CREATE and TEMPORARY.
    """

    role: str
    database: str
    superuser: bool = False
    bypasses_row_security: bool = False
    creates_roles: bool = False
    owns: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    creates: tuple[str, ...] = ()
    everybody_creates: tuple[str, ...] = ()
    """All such schemas, quoted where SQL needs it."""
    on_database: tuple[str, ...] = ()
    everybody_on_database: tuple[str, ...] = ()
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
    if facts.creates_roles:
        problems.append("it may create roles")
    if facts.owns:
        problems.append(f"it owns {_some(facts.owns)}")
    if facts.writes:
        problems.append(f"it may write to {_some(facts.writes)}")
    if facts.creates:
        problems.append(f"it may create objects in the schema {_some(facts.creates)}")
    if "CREATE" in facts.on_database:
        problems.append("it may create schemas")
    if "TEMPORARY" in facts.on_database:
        problems.append("it may create temporary tables")
    if facts.member_of:
        problems.append(f"it is a member of {_some(facts.member_of)}")
    return tuple(problems)


def warnings_of(facts: RoleFacts) -> tuple[str, ...]:
    """Return one sentence, with the SQL that ends it, for each thing that the role can do only because everybody can.

    That is how databases were made up to PostgreSQL 14. The rights were given to nobody in particular, and reading
    goes on in read-only transactions, so the role is served.
    """
    if facts.superuser:
        return ()
    warnings = []
    if facts.everybody_creates:
        names = ", ".join(facts.everybody_creates)
        warnings.append(
            f"Everybody may create objects in the schema {_some(facts.everybody_creates)}, the role {facts.role} too; "
            f"this ends it: REVOKE CREATE ON SCHEMA {names} FROM PUBLIC;"
        )
    if facts.everybody_on_database:
        things = " and ".join(_ON_DATABASE[privilege] for privilege in facts.everybody_on_database)
        privileges = ", ".join(facts.everybody_on_database)
        database = quote_identifier(facts.database)
        warnings.append(
            f"Everybody may create {things} in this database, the role {facts.role} too; "
            f"this ends it: REVOKE {privileges} ON DATABASE {database} FROM PUBLIC;"
        )
    return tuple(warnings)


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
