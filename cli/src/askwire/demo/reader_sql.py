"""The SQL that makes a role which can read and nothing else, and the choice whether it is needed. Pure."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator

__all__ = [
    "READER",
    "ROLE_SETTINGS",
    "RoleFacts",
    "RolePlan",
    "SchemaFacts",
    "choose_plan",
    "dangers_of",
    "grant_statements",
    "open_doors_of",
    "quote",
    "role_statements",
    "sql_to_run_by_hand",
]

READER = "askwire_reader"
_CONNECTION_LIMIT = 40
_SHOWN = 3

# the agent asks for less in each transaction; these hold whatever it asks
ROLE_SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "120s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "120s",
    "search_path": "pg_catalog",
}
# may be set by superusers alone
SUPERUSER_SETTINGS = {"temp_file_limit": "1GB"}


@dataclasses.dataclass(frozen=True, slots=True)
class SchemaFacts:
    """What the connected role may pass on in one schema; ``tables`` are tables and views of all kinds."""

    name: str
    usage_grantable: bool
    grantable_tables: tuple[str, ...]
    other_tables: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class RoleFacts:
    """What a database says about the role that a URL connects as."""

    role: str
    database: str
    superuser: bool
    bypasses_row_security: bool
    may_create_roles: bool
    owns_tables: int
    may_write_tables: int
    member_of_system_roles: tuple[str, ...]
    schemas: tuple[SchemaFacts, ...]
    creates_in: tuple[str, ...] = ()
    """Schemas in which the role may create objects by a right of its own, or of a role that it can act as."""
    creates_schemas: bool = False
    """By such a right; so is the next."""
    creates_temporary_tables: bool = False
    everybody_creates_in: tuple[str, ...] = ()
    """Schemas in which PUBLIC may create objects, as it could in `public` up to PostgreSQL 14."""
    everybody_writes_to: tuple[str, ...] = ()
    """Tables of all schemas, each as SQL writes it, that PUBLIC may write to."""


class RolePlan(enum.Enum):
    """What is done about the role of a given URL."""

    USE_AS_IT_IS = "use as it is"
    MAKE_READER = "make the reader"
    ASK_OWNER = "ask the owner to make the reader"


def dangers_of(facts: RoleFacts) -> tuple[str, ...]:
    """Return in words what the role can do that a reader must not; empty for a good reader."""
    found = []
    if facts.superuser:
        found.append("is a superuser")
    if facts.bypasses_row_security and not facts.superuser:
        found.append("bypasses row-level security")
    if facts.may_create_roles and not facts.superuser:
        found.append("may create roles")
    if facts.owns_tables:
        found.append(f"owns {_tables(facts.owns_tables)}")
    if facts.may_write_tables and not facts.superuser:
        found.append(f"may write to {_tables(facts.may_write_tables)}")
    if not facts.superuser:
        found += _creations_of(facts)
    if facts.member_of_system_roles:
        found.append(f"is a member of {', '.join(facts.member_of_system_roles)}")
    return tuple(found)


def _creations_of(facts: RoleFacts) -> Iterator[str]:
    """Yield what the role may make by rights of its own; what everybody may is said by `open_doors_of`."""
    if facts.creates_in:
        noun = "schema" if len(facts.creates_in) == 1 else "schemas"
        yield f"may create objects in the {noun} {_some(facts.creates_in)}"
    if facts.creates_schemas:
        yield "may create schemas"
    if facts.creates_temporary_tables:
        yield "may create temporary tables"


def open_doors_of(facts: RoleFacts) -> tuple[str, ...]:
    """Return a sentence, with the SQL that ends it, for what everybody may change in the database; a reader too."""
    sentences = []
    if facts.everybody_creates_in:
        names = ", ".join(quote(name) for name in facts.everybody_creates_in)
        noun = "schema" if len(facts.everybody_creates_in) == 1 else "schemas"
        sentences.append(
            f"Everybody may create objects in the {noun} {', '.join(facts.everybody_creates_in)} of {facts.database}, "
            f"the reader too; this ends it: REVOKE CREATE ON SCHEMA {names} FROM PUBLIC;"
        )
    if facts.everybody_writes_to:
        names = ", ".join(facts.everybody_writes_to)
        sentences.append(
            f"Everybody may write to {_tables(len(facts.everybody_writes_to))} of {facts.database}, the reader too; "
            f"this ends it: REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {names} FROM PUBLIC;"
        )
    return tuple(sentences)


def choose_plan(facts: RoleFacts) -> RolePlan:
    """Choose what to do: a reader stays, one who may create roles gets a reader made, an owner is asked."""
    if not dangers_of(facts):
        return RolePlan.USE_AS_IT_IS
    nothing_to_pass_on = all(not schema.grantable_tables for schema in facts.schemas)
    if facts.superuser or (facts.may_create_roles and not nothing_to_pass_on):
        return RolePlan.MAKE_READER
    return RolePlan.ASK_OWNER


def role_statements(*, exists: bool, verifier: str | None, superuser: bool, reader: str = READER) -> list[str]:
    """Return what makes the role, or sets password and limits of one that is there.

    Args:
        exists: the role is there (its attributes were checked; changing them needs a superuser).
        verifier: the password, as SCRAM verifier; None leaves the role without one (it can't log in).
        superuser: whoever runs this may also set what only superusers may.
        reader: the role's name.
    """
    name = quote(reader)
    password = "" if verifier is None else f" PASSWORD {_literal(verifier)}"
    if exists:
        statements = [f"ALTER ROLE {name} LOGIN CONNECTION LIMIT {_CONNECTION_LIMIT}{password}"]
    else:
        attributes = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT"
        statements = [f"CREATE ROLE {name} {attributes} CONNECTION LIMIT {_CONNECTION_LIMIT}{password}"]
    settings = ROLE_SETTINGS | (SUPERUSER_SETTINGS if superuser else {})
    statements += [f"ALTER ROLE {name} SET {setting} = {_literal(value)}" for setting, value in settings.items()]
    return statements


def grant_statements(facts: RoleFacts, *, own_database: bool, reader: str = READER) -> list[str]:
    """Return what lets the role read all schemas, as far as the connected role can pass that on.

    Args:
        facts: of the connected role.
        own_database: the database is ours alone, so what everybody may do by default is taken away as well.
        reader: the role's name.
    """
    name, database = quote(reader), quote(facts.database)
    statements = []
    if own_database:
        statements += [
            f"REVOKE TEMPORARY, CREATE ON DATABASE {database} FROM PUBLIC",
            f"GRANT CONNECT ON DATABASE {database} TO {name}",
        ]
    for schema in facts.schemas:
        quoted = quote(schema.name)
        if own_database:
            statements.append(f"REVOKE CREATE ON SCHEMA {quoted} FROM PUBLIC")
            statements.append(f"REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA {quoted} FROM PUBLIC")
        if schema.usage_grantable:
            statements.append(f"GRANT USAGE ON SCHEMA {quoted} TO {name}")
        if schema.grantable_tables and not schema.other_tables:
            statements.append(f"GRANT SELECT ON ALL TABLES IN SCHEMA {quoted} TO {name}")
        elif schema.grantable_tables:
            tables = ", ".join(f"{quoted}.{quote(table)}" for table in schema.grantable_tables)
            statements.append(f"GRANT SELECT ON {tables} TO {name}")
    return statements


def sql_to_run_by_hand(facts: RoleFacts, reader: str = READER) -> str:
    r"""Return the psql script for somebody who may create roles; the role gets its password by `\password`."""
    statements = role_statements(exists=False, verifier=None, superuser=False, reader=reader)
    name = quote(reader)
    statements.append(f"GRANT CONNECT ON DATABASE {quote(facts.database)} TO {name}")
    for schema in facts.schemas:
        statements.append(f"GRANT USAGE ON SCHEMA {quote(schema.name)} TO {name}")
        statements.append(f"GRANT SELECT ON ALL TABLES IN SCHEMA {quote(schema.name)} TO {name}")
    lines = [f"{statement};" for statement in statements]
    return "\n".join([*lines, f"\\password {name}", ""])


def quote(name: str) -> str:
    """Return a name as SQL writes it, always in quotes."""
    return '"' + name.replace('"', '""') + '"'


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _tables(count: int) -> str:
    return "1 table" if count == 1 else f"{count} tables"


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:_SHOWN]) + (" and others" if len(names) > _SHOWN else "")
