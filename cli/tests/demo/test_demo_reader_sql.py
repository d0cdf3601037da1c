"""The choice about a URL's role, and the SQL that makes a reader."""

from __future__ import annotations

import dataclasses

import pytest

from askwire.demo.reader_sql import (
    RoleFacts,
    RolePlan,
    SchemaFacts,
    choose_plan,
    dangers_of,
    grant_statements,
    quote,
    role_statements,
    sql_to_run_by_hand,
)

_READER = RoleFacts(
    role="reports",
    database="sales",
    superuser=False,
    bypasses_row_security=False,
    may_create_roles=False,
    owns_tables=0,
    may_write_tables=0,
    member_of_system_roles=(),
    schemas=(SchemaFacts("public", usage_grantable=False, grantable_tables=(), other_tables=("a",)),),
)
_OWNED = (SchemaFacts("public", usage_grantable=True, grantable_tables=("a", "b"), other_tables=()),)


@pytest.mark.parametrize(
    ("changes", "plan", "danger"),
    [
        ({}, RolePlan.USE_AS_IT_IS, None),
        ({"superuser": True, "owns_tables": 2}, RolePlan.MAKE_READER, "is a superuser"),
        ({"may_create_roles": True, "schemas": _OWNED}, RolePlan.MAKE_READER, "may create roles"),
        ({"may_create_roles": True}, RolePlan.ASK_OWNER, "may create roles"),
        ({"owns_tables": 1}, RolePlan.ASK_OWNER, "owns 1 table"),
        ({"may_write_tables": 2}, RolePlan.ASK_OWNER, "may write to 2 tables"),
        ({"bypasses_row_security": True}, RolePlan.ASK_OWNER, "bypasses row-level security"),
        ({"creates_in": ("app",)}, RolePlan.ASK_OWNER, "may create objects in the schema app"),
        (
            {"creates_in": ("a", "b", "c", "d")},
            RolePlan.ASK_OWNER,
            "may create objects in the schemas a, b, c and others",
        ),
        ({"creates_schemas": True}, RolePlan.ASK_OWNER, "may create schemas"),
        ({"creates_temporary_tables": True}, RolePlan.ASK_OWNER, "may create temporary tables"),
        ({"everybody_creates_in": ("public",)}, RolePlan.USE_AS_IT_IS, None),
        ({"member_of_system_roles": ("pg_monitor",)}, RolePlan.ASK_OWNER, "is a member of pg_monitor"),
    ],
)
def test_plan_follows_from_the_role(changes: dict[str, object], plan: RolePlan, danger: str | None) -> None:
    """A reader is used as it is; whoever can do more makes a reader where it can, and else the owner is asked."""
    facts = dataclasses.replace(_READER, **changes)
    assert choose_plan(facts) is plan
    assert (danger in dangers_of(facts)) if danger else dangers_of(facts) == ()


def test_a_superuser_is_that_and_no_list_of_rights() -> None:
    """Whoever may do everything needs no further clauses."""
    facts = dataclasses.replace(_READER, superuser=True, creates_in=("app",), creates_schemas=True, may_write_tables=2)
    assert dangers_of(facts) == ("is a superuser",)


def test_given_databases_get_grants_alone() -> None:
    """In a database that is not ours nothing is revoked and nobody but the reader is granted anything."""
    facts = dataclasses.replace(_READER, superuser=True, schemas=_OWNED)
    statements = grant_statements(facts, own_database=False)
    assert statements == [
        'GRANT USAGE ON SCHEMA "public" TO "askwire_reader"',
        'GRANT SELECT ON ALL TABLES IN SCHEMA "public" TO "askwire_reader"',
    ]


def test_grants_only_what_can_be_passed_on() -> None:
    """Where some tables belong to others, the rest is granted table by table."""
    schema = SchemaFacts("public", usage_grantable=False, grantable_tables=("a", "b"), other_tables=("c",))
    facts = dataclasses.replace(_READER, schemas=(schema,))
    assert grant_statements(facts, own_database=False) == [
        'GRANT SELECT ON "public"."a", "public"."b" TO "askwire_reader"'
    ]


def test_an_existing_role_keeps_its_attributes() -> None:
    """Attributes that only a superuser changes are not named for a role that is there."""
    statements = " ".join(role_statements(exists=True, verifier="SCRAM", superuser=False))
    assert "CREATE ROLE" not in statements
    assert "SUPERUSER" not in statements
    assert "temp_file_limit" not in statements


def test_script_holds_no_password() -> None:
    """The script to run by hand lets psql ask for the password."""
    script = sql_to_run_by_hand(dataclasses.replace(_READER, schemas=_OWNED))
    assert "PASSWORD" not in script
    assert script.endswith('\\password "askwire_reader"\n')


def test_quotes_every_name() -> None:
    """A quote within a name can't end it."""
    assert quote('a"; DROP') == '"a""; DROP"'
