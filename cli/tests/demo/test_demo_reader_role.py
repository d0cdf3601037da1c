"""The reader role in real databases: ours, and ones that were given."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from askwire.demo.failure import PostgresFailed
from askwire.demo.postgres import PostgresServer
from askwire.demo.reader_role import examine_role, make_reader
from askwire.demo.reader_sql import RolePlan, choose_plan, dangers_of, sql_to_run_by_hand

_TABLES = """
CREATE SCHEMA "odd ""name";
CREATE TABLE "odd ""name"."Mixed Case" (n int);
INSERT INTO "odd ""name"."Mixed Case" VALUES (1);
CREATE TABLE public.plain (n int); INSERT INTO public.plain VALUES (1), (2);
CREATE VIEW public.doubled AS SELECT n * 2 AS n FROM public.plain;
"""
_RIGHTS = """
SELECT (SELECT datacl FROM pg_database WHERE datname = current_database())::text,
       array_agg(nspacl::text ORDER BY nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg_%'
"""


@pytest.fixture
def reader(postgres: PostgresServer) -> Iterator[str]:
    """A role's name of this test alone, since roles belong to the whole server."""
    name = f"reader_{secrets.token_hex(4)}"
    yield name
    with psycopg.connect(postgres.superuser_url(), autocommit=True) as connection:
        databases = [row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datallowconn")]
        for database in databases:
            with psycopg.connect(postgres.superuser_url(database), autocommit=True) as other:
                if other.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone():
                    other.execute(f'DROP OWNED BY "{name}"')
        connection.execute(f'DROP ROLE IF EXISTS "{name}"')


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    """The superuser's URL of a database with a few tables, one of an odd name."""
    name = f"given_{secrets.token_hex(4)}"
    url = postgres.create_database(name)
    with psycopg.connect(url) as connection:
        connection.execute(_TABLES.encode())
    yield url
    with psycopg.connect(postgres.superuser_url(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _role(url: str, name: str, attributes: str) -> str:
    """Make a role with a password, and return the URL of the same database for it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE \"{name}\" LOGIN PASSWORD 'secret' {attributes}")
    known = conninfo_to_dict(url)
    return f"postgresql://{name}:secret@{known['host']}:{known['port']}/{known['dbname']}"


def test_reads_everything(database: str, reader: str) -> None:
    """The reader reads tables and views of all schemas, also those of odd names."""
    made = make_reader(database, reader=reader)
    with psycopg.connect(made.url) as connection:
        assert connection.execute('SELECT n FROM "odd ""name"."Mixed Case"').fetchall() == [(1,)]
        assert connection.execute("SELECT sum(n) FROM public.doubled").fetchall() == [(6,)]
    assert made.done[0].startswith(f"Made the role {reader}: it can read 3 tables and views of given_")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO public.plain VALUES (3)",
        "DELETE FROM public.plain",
        "CREATE TABLE public.own (n int)",
        "CREATE SCHEMA own",
        "CREATE TEMPORARY TABLE own (n int)",
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT rolpassword FROM pg_authid",
        "CREATE ROLE other",
        "SET ROLE postgres",
        "COPY public.plain TO PROGRAM 'cat'",
    ],
)
def test_does_nothing_else(database: str, reader: str, statement: str) -> None:
    """Even in a transaction that it made writable itself, the reader of an own database has no right to more."""
    made = make_reader(database, reader=reader, own_database=True)
    with psycopg.connect(made.url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_has_limits(database: str, reader: str) -> None:
    """The role's settings hold from the first statement on."""
    with psycopg.connect(make_reader(database, reader=reader).url) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}".encode()).fetchone()
            for name in ("default_transaction_read_only", "statement_timeout", "lock_timeout", "temp_file_limit")
        }
        assert connection.execute("SHOW search_path").fetchone() == ("pg_catalog",)
    assert shown == {
        "default_transaction_read_only": ("on",),
        "statement_timeout": ("2min",),
        "lock_timeout": ("5s",),
        "temp_file_limit": ("1GB",),
    }


def test_is_seen_as_a_good_reader(database: str, reader: str) -> None:
    """What we make needs nothing more when its URL is given later."""
    facts = examine_role(make_reader(database, reader=reader).url)
    assert facts.role == reader
    assert dangers_of(facts) == ()
    assert choose_plan(facts) is RolePlan.USE_AS_IT_IS


@pytest.mark.parametrize(
    ("grant", "danger"),
    [
        ("GRANT CREATE ON SCHEMA public TO {role}", "may create objects in the schema public"),
        ("GRANT CREATE ON DATABASE {database} TO {role}", "may create schemas"),
        ("GRANT TEMPORARY ON DATABASE {database} TO {role}", "may create temporary tables"),
        ("GRANT INSERT (n) ON public.plain TO {role}", "may write to 1 table"),
        ("GRANT UPDATE (n) ON public.plain TO PUBLIC", "may write to 1 table"),
        (
            "GRANT {group} TO {role}; GRANT CREATE ON SCHEMA public TO {group}",
            "may create objects in the schema public",
        ),
    ],
)
def test_sees_what_the_data_agent_would_refuse(database: str, reader: str, grant: str, danger: str) -> None:
    """Each right beyond reading that nothing else gives away is named, also one of a group that is not inherited."""
    url = _role(database, reader, "NOINHERIT")
    assert dangers_of(examine_role(url)) == ()
    names = {"role": reader, "group": f"{reader}_group", "database": conninfo_to_dict(database)["dbname"]}
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {names['group']}".encode())
        connection.execute(grant.format(**names).encode())
        facts = examine_role(url)
        connection.execute(f"DROP OWNED BY {names['group']}; DROP ROLE {names['group']}".encode())
    assert dangers_of(facts) == (danger,)
    assert choose_plan(facts) is RolePlan.ASK_OWNER


def test_what_everybody_may_create_is_no_danger(database: str, reader: str) -> None:
    """Databases made as up to PostgreSQL 14 are used, as the data agent serves them."""
    url = _role(database, reader, "")
    name = conninfo_to_dict(database)["dbname"]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
        connection.execute(f"GRANT CREATE, TEMPORARY ON DATABASE {name} TO PUBLIC".encode())
    facts = examine_role(url)
    assert dangers_of(facts) == ()
    assert facts.everybody_creates_in == ("public",)


def test_may_be_made_again(database: str, reader: str) -> None:
    """A second time with the kept password changes no login, and new tables can be read."""
    first = make_reader(database, password="kept:/@ é", reader=reader)
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE public.later (n int)")
    second = make_reader(database, password="kept:/@ é", reader=reader)
    assert first.url == second.url
    with psycopg.connect(first.url) as connection:
        assert connection.execute("SELECT count(*) FROM public.later").fetchone() == (0,)


def test_leaves_the_rights_of_others(database: str, reader: str) -> None:
    """In a given database only the reader's own rights change."""
    with psycopg.connect(database) as connection:
        before = connection.execute(_RIGHTS.encode()).fetchone()
        assert before is not None
    made = make_reader(database, reader=reader)
    assert "Rights of other roles were left as they are." in made.done
    with psycopg.connect(database) as connection:
        connection.execute(f'DROP OWNED BY "{reader}"')
        after = connection.execute(_RIGHTS.encode()).fetchone()
        assert after is not None
    assert after[0] == before[0]
    # a first grant writes down the default rights of the owner
    assert [acl for acl in after[1] if acl not in before[1]] in ([], ["{postgres=UC/postgres}"])


def test_says_what_everybody_may_do(database: str, reader: str) -> None:
    """Where PUBLIC may create or write, the reader may too: that is said with the SQL that ends it."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
        connection.execute("GRANT INSERT ON public.plain TO PUBLIC")
    made = make_reader(database, reader=reader)
    assert made.done[0].startswith(f"Made the role {reader}: it can read 3 tables and views of given_")
    assert "write nothing" not in made.done[0]
    creating, writing = made.warnings
    assert creating.startswith("Everybody may create objects in the schema public of given_")
    assert writing.startswith("Everybody may write to 1 table of given_")
    with psycopg.connect(database, autocommit=True) as connection:
        for sentence in made.warnings:
            connection.execute(sentence.partition("this ends it: ")[2].encode())
    again = make_reader(database, reader=reader)
    assert again.warnings == ()
    assert again.done[0].endswith(", and write nothing.")


def test_everybody_may_write_to_columns(database: str, reader: str) -> None:
    """A right on columns alone is an open door too, and the SQL shuts it."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("GRANT UPDATE (n) ON public.plain TO PUBLIC")
        (sentence,) = make_reader(database, reader=reader).warnings
        assert sentence.startswith("Everybody may write to 1 table of given_")
        connection.execute(sentence.partition("this ends it: ")[2].encode())
    assert make_reader(database, reader=reader).warnings == ()


def test_own_database_has_no_open_doors(database: str, reader: str) -> None:
    """In a database that is ours what everybody may do is taken away, so there is nothing to warn of."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    made = make_reader(database, reader=reader, own_database=True)
    assert made.warnings == ()
    assert made.done[0].endswith(", and write nothing.")


def test_refuses_a_role_that_can_do_more(database: str, reader: str) -> None:
    """A role of the reader's name with rights of its own is neither used nor changed."""
    _role(database, reader, "CREATEDB")
    with pytest.raises(PostgresFailed, match=f"There is a role {reader} that can do more than read"):
        make_reader(database, reader=reader)


def test_owner_without_rights_gets_a_script(database: str, reader: str) -> None:
    """An owner who may not create roles is told so, and the script made for him makes a good reader."""
    owner = f"{reader}_owner"
    owner_url = _role(database, owner, "")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f'ALTER TABLE public.plain OWNER TO "{owner}"')
        facts = examine_role(owner_url)
        assert choose_plan(facts) is RolePlan.ASK_OWNER
        assert "owns 1 table" in dangers_of(facts)
        with pytest.raises(PostgresFailed, match=r"Can't make the role .*permission denied"):
            make_reader(owner_url, reader=reader)
        script = sql_to_run_by_hand(facts, reader)
        connection.execute(script[: script.index("\\password")].encode())
        connection.execute(f"ALTER ROLE \"{reader}\" PASSWORD 'secret'")
        url = owner_url.replace(f"{owner}:", f"{reader}:")
        assert choose_plan(examine_role(url)) is RolePlan.USE_AS_IT_IS
        connection.execute(f'REASSIGN OWNED BY "{owner}" TO postgres; DROP OWNED BY "{owner}"; DROP ROLE "{owner}"')


def test_role_maker_passes_on_what_it_owns(database: str, reader: str) -> None:
    """Somebody who may create roles makes a reader of the own tables, and says which are left out."""
    maker = f"{reader}_maker"
    maker_url = _role(database, maker, "CREATEROLE")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f'ALTER TABLE public.plain OWNER TO "{maker}"')
        assert choose_plan(examine_role(maker_url)) is RolePlan.MAKE_READER
        made = make_reader(maker_url, reader=reader)
        assert any("public.doubled" in sentence for sentence in made.done)
        with psycopg.connect(made.url) as reading:
            assert reading.execute("SELECT count(*) FROM public.plain").fetchone() == (2,)
        assert make_reader(maker_url, reader=reader).done[0].startswith("Set the limits")
        connection.execute(f'REASSIGN OWNED BY "{maker}" TO postgres; DROP OWNED BY "{maker}"')
        connection.execute(f'DROP OWNED BY "{reader}"; DROP ROLE "{reader}"; DROP ROLE "{maker}"')


def test_keeps_the_rest_of_the_url(database: str, reader: str) -> None:
    """Parameters of the given URL, such as TLS, stay in the reader's."""
    made = make_reader(f"{database}?sslmode=disable&application_name=mine", reader=reader)
    known = conninfo_to_dict(made.url)
    assert known["sslmode"] == "disable"
    assert known["user"] == reader
    assert known["host"] == "127.0.0.1"


def test_says_that_a_database_is_away(free_port: int) -> None:
    """No server is one sentence, without the password."""
    with pytest.raises(PostgresFailed, match=r"^Can't connect to the database: .*\.$") as failed:
        examine_role(f"postgresql://me:hush@127.0.0.1:{free_port}/sales")
    assert "hush" not in str(failed.value)
    assert "\n" not in str(failed.value)
