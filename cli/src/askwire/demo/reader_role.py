"""Look at the role of a database URL, and make the role that can only read."""

from __future__ import annotations

import dataclasses
import secrets
from urllib.parse import quote as percent_encode
from urllib.parse import urlencode

import psycopg
from psycopg import sql

from askwire.demo.failure import PostgresFailed
from askwire.demo.reader_sql import (
    READER,
    RoleFacts,
    SchemaFacts,
    grant_statements,
    open_doors_of,
    quote,
    role_statements,
)

__all__ = ["MadeReader", "examine_role", "make_reader"]

_CONNECT_TIMEOUT_S = 10

_ROLE_QUERY = """
SELECT current_user::text, current_database()::text, r.rolsuper, r.rolbypassrls, r.rolcreaterole,
       ARRAY(SELECT g.rolname::text FROM pg_roles g
             WHERE g.rolname LIKE 'pg\\_%' AND NOT r.rolsuper AND pg_has_role(current_user, g.oid, 'MEMBER')
             ORDER BY 1)
FROM pg_roles r WHERE r.rolname = current_user
"""

# a role that can act as the owner counts as the owner
_TABLE_QUERY = """
SELECT n.nspname::text,
       has_schema_privilege(n.oid, 'USAGE WITH GRANT OPTION'),
       c.relname::text,
       pg_has_role(c.relowner, 'MEMBER') AND NOT r.rolsuper OR c.relowner = r.oid,
       has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
         OR has_any_column_privilege(c.oid, 'INSERT, UPDATE'),
       has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION'),
       has_schema_privilege('public', n.oid, 'CREATE'),
       has_table_privilege('public', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
         OR has_any_column_privilege('public', c.oid, 'INSERT, UPDATE')
FROM pg_namespace n
JOIN pg_roles r ON r.rolname = current_user
LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname
"""

# rights to create, but for those of everybody (grantee 0); those on the database have no schema
_CREATION_QUERY = """
WITH granted AS (
  SELECT n.nspname::text AS schema, a.grantee, a.privilege_type AS privilege
  FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
  WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  UNION ALL
  SELECT NULL, a.grantee, a.privilege_type
  FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
  WHERE d.datname = current_database()
)
SELECT DISTINCT schema, privilege FROM granted
WHERE privilege IN ('CREATE', 'TEMPORARY') AND grantee <> 0 AND pg_has_role(grantee, 'MEMBER')
ORDER BY schema, privilege
"""

_READER_QUERY = """
SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls
       OR EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid)
FROM pg_roles r WHERE rolname = %s
"""


@dataclasses.dataclass(frozen=True, slots=True)
class MadeReader:
    """The reader's URL (it holds the password) and, in sentences, what was done and what could not be.

    ``warnings`` says what the reader may change all the same, because everybody may, with the SQL that ends it.
    """

    url: str
    done: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def examine_role(url: str) -> RoleFacts:
    """Connect and return what the URL's role is and may do.

    `choose_plan` says what follows from it, `dangers_of` says it in words, `sql_to_run_by_hand` makes the owner's
    script.

    Raises:
        PostgresFailed: no connection; the sentence names host and database, never the password.
    """
    with _connect(url) as connection:
        return _read_facts(connection)


def make_reader(
    url: str, *, password: str | None = None, own_database: bool = False, reader: str = READER
) -> MadeReader:
    """Make the reader role in the server of `url` and let it read that database; do the same again at a second call.

    Roles belong to the whole server: a new password ends the logins of others who use the role, so a caller keeps the
    password and passes it the next time.

    Args:
        url: of somebody who may create roles.
        password: None makes a random one.
        own_database: the database is ours alone: rights that everybody has by default are taken away as well. In a
            database that was given, nobody's rights but the reader's change.
        reader: the role's name.

    Raises:
        PostgresFailed: no connection, no right to do it, or a role of that name that can do more than read.
    """
    secret = password or secrets.token_urlsafe(24)
    with _connect(url) as connection:
        facts = _read_facts(connection)
        exists = _reader_exists(connection, reader)
        verifier = connection.pgconn.encrypt_password(secret.encode(), reader.encode(), b"scram-sha-256").decode()
        statements = role_statements(exists=exists, verifier=verifier, superuser=facts.superuser, reader=reader)
        statements += grant_statements(facts, own_database=own_database, reader=reader)
        try:
            with connection.transaction():
                # two starts at once would both find no role
                connection.execute("SELECT pg_advisory_xact_lock(hashtext('askwire reader role'))")
                for statement in statements:
                    connection.execute(sql.SQL(statement))  # built from quoted names
        except psycopg.Error as error:
            raise PostgresFailed(
                f"Can't make the role {reader} in database {facts.database}: {_reason(error)}; "
                "let somebody who may create roles make it, and give the URL of that role."
            ) from error
        facts = _read_facts(connection)
        url = _url_with_login(connection, reader, secret)
        return MadeReader(url, _report(facts, exists, own_database, reader), open_doors_of(facts))


def _report(facts: RoleFacts, exists: bool, own_database: bool, reader: str) -> tuple[str, ...]:
    verb = "Set the limits and password of the role" if exists else "Made the role"
    readable = sum(len(schema.grantable_tables) for schema in facts.schemas)
    hidden = [f"{schema.name}.{table}" for schema in facts.schemas for table in schema.other_tables]
    rest = "" if open_doors_of(facts) else ", and write nothing"
    sentences = [f"{verb} {reader}: it can read {readable} tables and views of {facts.database}{rest}."]
    if hidden:
        shown = ", ".join(hidden[:5]) + (", …" if len(hidden) > 5 else "")
        sentences.append(f"{facts.role} can't pass on the right to read {shown}.")
    if not own_database:
        sentences.append("Rights of other roles were left as they are.")
    return tuple(sentences)


def _reader_exists(connection: psycopg.Connection, reader: str) -> bool:
    row = connection.execute(_READER_QUERY, (reader,)).fetchone()
    if row is not None and row[0]:
        raise PostgresFailed(
            f"There is a role {reader} that can do more than read, so it is not used; rename it or take its rights."
        )
    return row is not None


def _read_facts(connection: psycopg.Connection) -> RoleFacts:
    row = connection.execute(_ROLE_QUERY).fetchone()
    if row is None:
        raise PostgresFailed("The database does not say which role is connected, so it is not used.")
    role, database, superuser, bypasses, creates, system_roles = row
    owned = writable = 0
    schemas: dict[str, SchemaFacts] = {}
    created_in: dict[str, None] = {}
    written_to: list[str] = []
    for schema, usage, table, owns, writes, grantable, all_create, all_write in connection.execute(_TABLE_QUERY):
        if all_create:
            created_in[schema] = None
        if all_write:
            written_to.append(f"{quote(schema)}.{quote(table)}")
        facts = schemas.get(schema, SchemaFacts(schema, bool(usage), (), ()))
        if table is not None:
            owned, writable = owned + bool(owns), writable + bool(writes)
            facts = _with_table(facts, table, bool(grantable))
        schemas[schema] = facts
    creations = connection.execute(_CREATION_QUERY).fetchall()
    return RoleFacts(
        role=role,
        database=database,
        superuser=superuser,
        bypasses_row_security=bypasses,
        may_create_roles=creates,
        owns_tables=owned,
        may_write_tables=writable,
        member_of_system_roles=tuple(system_roles),
        schemas=tuple(schemas.values()),
        creates_in=tuple(schema for schema, _ in creations if schema is not None),
        creates_schemas=(None, "CREATE") in creations,
        creates_temporary_tables=(None, "TEMPORARY") in creations,
        everybody_creates_in=tuple(created_in),
        everybody_writes_to=tuple(written_to),
    )


def _with_table(facts: SchemaFacts, table: str, grantable: bool) -> SchemaFacts:
    if grantable:
        return dataclasses.replace(facts, grantable_tables=(*facts.grantable_tables, table))
    return dataclasses.replace(facts, other_tables=(*facts.other_tables, table))


def _connect(url: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S, application_name="askwire")
    except psycopg.Error as error:
        raise PostgresFailed(f"Can't connect to the database: {_reason(error)}.") from error


def _reason(error: psycopg.Error) -> str:
    """Return the first line of what the server or the client library said; neither repeats passwords."""
    lines = (error.diag.message_primary or str(error)).strip().splitlines()
    return lines[0].rstrip(".") if lines else "no reason given"


def _url_with_login(connection: psycopg.Connection, user: str, password: str) -> str:
    """Return a URL of the same database with another login; further parameters (TLS, several hosts) are kept."""
    parameters = dict(connection.info.get_parameters())
    for replaced in ("user", "password", "application_name", "connect_timeout", "passfile", "service", "options"):
        parameters.pop(replaced, None)
    login = f"{percent_encode(user, safe='')}:{percent_encode(password, safe='')}"
    database = percent_encode(parameters.pop("dbname", connection.info.dbname), safe="")
    host, port = parameters.get("host", ""), parameters.get("port", "")
    place = ""
    if host and not set(host) & set("/,:"):
        place = host + (f":{port}" if port else "")
        parameters.pop("host")
        parameters.pop("port", None)
    query = f"?{urlencode(parameters, quote_via=percent_encode)}" if parameters else ""
    return f"postgresql://{login}@{place}/{database}{query}"
