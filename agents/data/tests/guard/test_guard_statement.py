"""What the guard lets through, refuses, and says; without a database."""

from __future__ import annotations

import pytest

from askwire_data.guard import MAX_SQL_BYTES, GuardedStatement, Relations, check_statement
from askwire_data.guard.worker import check, install
from askwire_protocol.errors import ErrorCode, RequestFailed

RELATIONS = Relations(
    version="1",
    tables={
        "orders": ("sales",),
        "customers": ("sales",),
        "items": ("archive", "sales"),
        "Album": ("public",),
        "odd name": ("Odd Schema",),
    },
    types={"order_status": ("sales",), "size": ("a", "b")},
    columns=frozenset({"id", "amount", "placed_at", "name", "status", "version"}),
    attribute_functions=frozenset({"pg_sleep", "pg_read_file", "lo_unlink", "version", "length", "sum", "quote_ident"}),
)

BENIGN = [
    # the forms that a generator of PostgreSQL's dialect writes
    'SELECT COUNT(*) AS "count" FROM "sales"."orders" AS "o"',
    "SELECT o.status, SUM(o.amount) AS total FROM sales.orders AS o GROUP BY o.status ORDER BY total DESC NULLS LAST",
    "SELECT DATE_TRUNC('MONTH', o.placed_at) AS month, COUNT(DISTINCT o.id) FROM sales.orders AS o GROUP BY 1",
    "SELECT * FROM sales.orders WHERE placed_at >= CAST('2024-01-01' AS DATE) AND placed_at < DATE '2025-01-01'",
    "SELECT EXTRACT(YEAR FROM placed_at), EXTRACT(EPOCH FROM placed_at - CURRENT_TIMESTAMP) FROM sales.orders",
    "SELECT TO_CHAR(placed_at, 'YYYY-\"Q\"Q'), ROUND(CAST(AVG(amount) AS DECIMAL(18, 4)), 2) FROM sales.orders",
    "SELECT STDDEV(amount), VARIANCE(amount), PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY amount) FROM sales.orders",
    "SELECT COUNT(*) FILTER(WHERE status = 'paid') FROM sales.orders",
    "SELECT name FROM sales.customers WHERE name ILIKE '%an\\_%' OR LOWER(name) LIKE 'b%' ESCAPE '!'",
    "SELECT * FROM sales.orders WHERE amount BETWEEN 1 AND 5 AND NOT status IN ('a', 'b') AND status IS NOT NULL",
    "SELECT * FROM sales.orders WHERE placed_at > NOW() - INTERVAL '3 DAYS' AND placed_at > CURRENT_DATE - 7",
    "SELECT * FROM sales.orders WHERE placed_at > CURRENT_DATE + INTERVAL '1' MONTH",
    "SELECT COALESCE(name, 'none'), NULLIF(amount, 0), CASE WHEN amount > 1 THEN 'a' ELSE 'b' END FROM sales.orders",
    "WITH t AS (SELECT id, RANK() OVER (PARTITION BY status ORDER BY id) AS r FROM sales.orders) SELECT t.r FROM t",
    "SELECT status FROM sales.orders UNION ALL (SELECT name FROM sales.customers LIMIT 3) EXCEPT SELECT 'x'",
    "SELECT a.id FROM sales.orders a LEFT JOIN sales.customers b USING (id) CROSS JOIN LATERAL (SELECT a.id) c",
    "SELECT id FROM sales.orders WHERE (id, amount) IN (SELECT id, MAX(amount) FROM sales.orders GROUP BY id)",
    "SELECT id FROM sales.orders WHERE amount > ALL(SELECT 1) AND id = ANY(ARRAY[1, 2]) AND amount IS DISTINCT FROM 3",
    "SELECT SUM(amount) OVER (ORDER BY placed_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM sales.orders",
    "SELECT amount::numeric(10, 2), '5'::int, placed_at AT TIME ZONE 'Europe/Berlin', -amount FROM sales.orders",
    "SELECT STRING_AGG(name, ', ' ORDER BY name), ARRAY_AGG(DISTINCT name) FROM sales.customers HAVING COUNT(*) > 1",
    "SELECT TRIM(BOTH ' ' FROM name), SUBSTRING(name FROM 1 FOR 2), POSITION('a' IN name) FROM sales.customers",
    "SELECT GREATEST(1, 2), LEAST(1, 2), ABS(-1), CEIL(1.5), FLOOR(1.5), MOD(5, 2), POWER(2, 3), SQRT(4), LN(2)",
    "SELECT MAKE_INTERVAL(days => 3), MAKE_DATE(2024, 1, 1), AGE(NOW()), DATE_PART('day', NOW())",
    "SELECT x.g FROM GENERATE_SERIES(1, 3) AS x(g)",
    "SELECT s.sum, s.count FROM (SELECT SUM(amount), COUNT(*) FROM sales.orders) AS s",
    "SELECT t.version, t.length FROM (SELECT 1 AS version, 2 AS length) AS t",
    "SELECT status::order_status, 'paid'::sales.order_status, ARRAY['paid']::sales.order_status[] FROM sales.orders",
    'SELECT id FROM sales.orders ORDER BY id COLLATE "C" USING <',
    "SELECT JSON_BUILD_OBJECT('a', id) ->> 'a' FROM sales.orders",
    "SELECT * FROM ROWS FROM (GENERATE_SERIES(1, 2), UNNEST(ARRAY[1, 2])) WITH ORDINALITY AS t(a, b, n)",
    'SELECT * FROM "Odd Schema"."odd name"',
    "TABLE sales.orders",
    "VALUES (1, 'a'), (2, 'b')",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT SUM(n) FROM t",
]

HOSTILE = [
    # PostgreSQL reads x.f as f(x) where x has no column f
    ("SELECT x.pg_sleep FROM generate_series(9, 9) x", "the field pg_sleep"),
    ("SELECT (9.0).pg_sleep", "the field pg_sleep"),
    ("SELECT ('/etc/passwd'::text).pg_read_file", "the field pg_read_file"),
    ("SELECT (ARRAY[1])[1].lo_unlink", "the field lo_unlink"),
    ("SELECT x.pg_sleep, 1 AS pg_sleep FROM generate_series(9, 9) x", "the field pg_sleep"),
    # a WITH item hides a table only where it is in scope
    ("WITH pg_shadow AS (SELECT * FROM pg_shadow) SELECT * FROM pg_shadow", "no table pg_shadow"),
    ("SELECT * FROM (WITH pg_shadow AS (SELECT 1) SELECT 1) a, pg_shadow", "no table pg_shadow"),
    ("WITH a AS (SELECT * FROM pg_shadow), pg_shadow AS (SELECT 1) SELECT * FROM a", "no table pg_shadow"),
    ("SELECT * FROM sales.orders UNION SELECT * FROM pg_user", "no table pg_user"),
    ("WITH t AS (DELETE FROM sales.orders RETURNING *) SELECT * FROM t", "DELETE"),
    ("SELECT ctid FROM sales.orders", "system column ctid"),
    ("SELECT o.xmin FROM sales.orders o", "system column xmin"),
    ("SELECT 1 OPERATOR(pg_catalog.+) 2", "OPERATOR"),
    ("SELECT 'sales.orders'::regclass", "type regclass"),
    ("SELECT CAST('x' AS pg_catalog.regproc)", "type regproc"),
    ("SELECT 'a'::size", "type size"),
    ("SELECT current_user", "current_user"),
    ("SELECT session_user", "session_user"),
    ("SELECT current_setting('data_directory')", "function current_setting"),
    ("SELECT public.lower('A')", "public.lower"),
    ("SELECT sales.lower('A')", "sales.lower"),
    ("SELECT ts_stat('SELECT 1')", "function ts_stat"),
    ("SELECT has_table_privilege('sales.orders', 'SELECT')", "function has_table_privilege"),
    ("SELECT * FROM sales.orders FOR SHARE", "lock rows"),
    ("SELECT * INTO t FROM sales.orders", "SELECT INTO"),
    ("SELECT * FROM sales.orders TABLESAMPLE bernoulli (1)", "TABLESAMPLE"),
    ("VALUES (DEFAULT)", "DEFAULT"),
    ("SELECT xmlelement(name a)", "XML"),
    ("SELECT 1; SELECT 2", "only one statement"),
    ("EXPLAIN SELECT 1", "this is EXPLAIN"),
    ("", "no statement"),
    (" ; -- nothing\n", "no statement"),
    ("SELECT 1 \x1b", "U+001B"),
    ("SELECT 1 \x9f", "U+009F"),
    ("SELECT '\udc80'", "surrogate"),
    ("SELECT '" + "é" * (MAX_SQL_BYTES // 2) + "'", "bytes"),
    ("SELECT " + "1+" * 300 + "1", "nested deeper"),
    ("SELECT (" * 150 + "SELECT 1" + ")" * 150, "nested deeper"),
    ("SELECT $0", "$1"),
    ("SELECT 'a' COLLATE secret.mine", "collations"),
    ("SELECT * FROM other.sales.orders", "another database"),
]


def refused(sql: str, parameters: int = 0) -> RequestFailed:
    """Return the guard's refusal."""
    with pytest.raises(RequestFailed) as caught:
        check_statement(sql, parameters, RELATIONS)
    assert caught.value.code == ErrorCode.SQL_REJECTED
    return caught.value


@pytest.mark.parametrize("sql", BENIGN)
def test_plain_reading_passes(sql: str) -> None:
    """What only reads tables of the catalog passes."""
    assert isinstance(check_statement(sql, 0, RELATIONS), GuardedStatement)


@pytest.mark.parametrize(("sql", "words"), HOSTILE)
def test_everything_else_is_refused_in_words(sql: str, words: str) -> None:
    """A refusal says what was not allowed."""
    assert words in refused(sql).message


def test_a_chain_at_the_byte_cap_does_not_end_the_process() -> None:
    """The longest chain of operators that is parsed is refused by depth, with the process alive."""
    assert "nested deeper" in refused("SELECT " + "1+" * ((MAX_SQL_BYTES - 8) // 2) + "1").message


def test_the_schema_is_written_before_a_name_without_one() -> None:
    """Only the place of the table's name changes, and places in the text can be traced back."""
    sql = "SELECT 'ü orders', orders.id FROM orders, ONLY customers c -- orders\n;"

    statement = check_statement(sql, 0, RELATIONS)

    assert statement.sql == 'SELECT \'ü orders\', orders.id FROM "sales".orders, ONLY "sales".customers c -- orders\n'
    assert statement.tables == ("sales.customers", "sales.orders")
    assert statement.original_position(statement.sql.index("c -- orders")) == sql.index("c -- orders")
    assert statement.original_position(3) == 3


def test_a_qualified_statement_is_sent_as_it_came() -> None:
    """Nothing is rewritten where nothing has to be."""
    sql = "SELECT  o.id\tFROM sales.orders AS o"

    assert check_statement(sql, 0, RELATIONS).sql == sql


def test_a_with_item_is_not_qualified() -> None:
    """Inside its own definition the name still means the table, after it the item."""
    statement = check_statement("WITH orders AS (SELECT * FROM orders) SELECT * FROM orders", 0, RELATIONS)

    assert statement.sql == 'WITH orders AS (SELECT * FROM "sales".orders) SELECT * FROM orders'


@pytest.mark.parametrize(
    ("sql", "hint", "position"),
    [
        ("SELECT * FROM ordres", "did you mean orders?", 14),
        ("SELECT * FROM album", 'did you mean public."Album"?', 14),
        ("SELECT * FROM sales.custmers", "did you mean customers?", 14),
        ("SELECT * FROM public.orders", "did you mean sales.orders?", 14),
        ("SELECT * FROM items", "write archive.items or sales.items", 14),
        ("SELECT 'é', averge(1)", "", 12),
        ("SELECT lenght('a')", "did you mean length", 7),
        ("SELECT 'é' FROM FROM x", 'syntax error at or near "FROM"', 16),
    ],
)
def test_a_refusal_helps(sql: str, hint: str, position: int) -> None:
    """The sentence names what is near, and the position counts characters."""
    failure = refused(sql)

    assert hint in failure.message
    assert failure.details[0].position == position


@pytest.mark.parametrize(
    ("sql", "given", "fits"),
    [
        ("SELECT $1", 1, True),
        ("SELECT $2, $1, $1", 2, True),
        ("SELECT $1", 0, False),
        ("SELECT 1", 1, False),
        ("SELECT $2", 2, False),
        ("SELECT $2", 1, False),
    ],
)
def test_parameters_are_exactly_those_that_are_used(sql: str, given: int, fits: bool) -> None:
    """$1 to $n are all used, and there are n values."""
    if fits:
        assert check_statement(sql, given, RELATIONS).parameters == given
    else:
        assert f"{given} values are given" in refused(sql, given).message


def test_a_worker_checks_against_what_was_installed() -> None:
    """The process keeps the relations between calls."""
    install(RELATIONS)

    assert check("SELECT * FROM orders", 0).tables == ("sales.orders",)
