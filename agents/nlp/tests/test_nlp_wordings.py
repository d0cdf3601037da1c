"""Short and loose wordings: what is broken down is shown with its groups, and what is open is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from askwire_protocol.messages.questions import NlpAnswer, Outcome

Ask = Callable[[str], NlpAnswer]

_MONTH = "CAST(DATE_TRUNC('month', orders.ordered_at) AS DATE)"
_LAST_YEAR = "orders.ordered_at >= CAST('2023-01-01' AS DATE) AND orders.ordered_at < CAST('2024-01-01' AS DATE)"
_REVENUE = "SUM(order_lines.quantity * order_lines.unit_price)"
_KINDS = "INNER JOIN bakery.cakes ON order_lines.cake_id = cakes.id INNER JOIN bakery.kinds ON cakes.kind_id = kinds.id"
_CLIENTS = "SELECT clients.first_name AS first_name, clients.last_name AS last_name FROM bakery.clients"

ANSWERED = {
    "Orders by month":
        f'SELECT {_MONTH} AS "month", COUNT(*) AS number_of_orders FROM bakery.orders GROUP BY {_MONTH} '
        f"ORDER BY {_MONTH} ASC",
    "orders by country in 2023":
        "SELECT clients.country AS country, COUNT(*) AS number_of_orders FROM bakery.orders INNER JOIN bakery.clients "
        f"ON orders.client_id = clients.id WHERE {_LAST_YEAR} GROUP BY clients.country",
    "What is the total of orders by month in 2023?":
        f'SELECT {_MONTH} AS "month", SUM(orders.total) AS total FROM bakery.orders WHERE {_LAST_YEAR} '
        f"GROUP BY {_MONTH} ORDER BY {_MONTH} ASC",
    "revenue by kind":
        f"SELECT kinds.name AS kind, {_REVENUE} AS revenue FROM bakery.order_lines {_KINDS} "
        "GROUP BY kinds.id, kinds.name",
    "total revenue per kind last year":
        f"SELECT kinds.name AS kind, {_REVENUE} AS revenue FROM bakery.order_lines INNER JOIN bakery.orders ON "
        f"order_lines.order_id = orders.id {_KINDS} WHERE {_LAST_YEAR} GROUP BY kinds.id, kinds.name",
    "top 10 cakes by revenue":
        f"SELECT cakes.name AS cake, {_REVENUE} AS revenue FROM bakery.order_lines INNER JOIN bakery.cakes ON "
        f"order_lines.cake_id = cakes.id GROUP BY cakes.id, cakes.name ORDER BY {_REVENUE} DESC NULLS LAST "
        "FETCH FIRST 10 ROWS WITH TIES",
    "List the names of clients in Germany": f"{_CLIENTS} WHERE clients.country = 'Germany'",
    "clients by name": f"{_CLIENTS} ORDER BY clients.first_name ASC, clients.last_name ASC",
    "Which clients never ordered?":
        f"{_CLIENTS} WHERE NOT EXISTS( SELECT 1 FROM bakery.orders AS orders_2 WHERE orders_2.client_id = clients.id )",
    "For each kind, list the names of its cakes":
        "SELECT kinds.name AS kind, cakes.name AS cake FROM bakery.cakes INNER JOIN bakery.kinds ON "
        "cakes.kind_id = kinds.id",
}  # fmt: skip


@pytest.mark.parametrize("question", ANSWERED)
def test_what_is_broken_down_is_shown_with_its_groups(ask_bakery: Ask, question: str) -> None:
    """Counts, sums and names, in columns that are called as people call them."""
    answer = ask_bakery(question)

    assert answer.outcome is Outcome.ANSWERED, answer.reason
    assert " ".join((answer.sql or "").split()) == ANSWERED[question]


def test_a_chart_changes_nothing_of_the_counting(ask_bakery: Ask) -> None:
    """Also "orders by month as a pie" is the number of orders by month."""
    assert ask_bakery("orders by month as a pie").sql == ask_bakery("Orders by month").sql


@pytest.mark.parametrize(
    ("question", "labels"),
    [
        ("price by kind", ("Average price by kind", "Total price by kind")),
        ("total orders by month", ("Number of orders by month", "Total by month")),
        ("cakes by price", ("Cake in order of price", "Number of cakes by price")),
        ("clients whose name starts with A", ("clients' first name", "clients' last name")),
    ],
)
def test_what_is_open_is_asked_in_words(ask_bakery: Ask, question: str, labels: tuple[str, ...]) -> None:
    """The choices say in people's words what differs."""
    answer = ask_bakery(question)

    assert answer.outcome is Outcome.INPUT_REQUIRED, answer.sql
    assert tuple(sorted(choice.label for choice in answer.choices)) == labels
    assert answer.reason == "The question can be read in more than one way."


@pytest.mark.parametrize(
    "question",
    ["How many orders were just placed?", "How many orders are currently placed?", "orders placed recently",
     "Show me only the first clients"],
)  # fmt: skip
def test_words_that_change_the_meaning_are_not_passed_over(ask_bakery: Ask, question: str) -> None:
    """The words "just", "currently", "recently" and a first of many are refused or asked about, in whole sentences."""
    answer = ask_bakery(question)

    assert answer.outcome is Outcome.REFUSED
    assert answer.reason
    assert answer.reason[0].isupper()
    assert answer.reason.endswith(".")


def test_the_last_orders_are_those_of_the_latest_date(ask_bakery: Ask) -> None:
    """Here "the last 5" goes by the date of the row, never by a birth date."""
    answer = ask_bakery("the last 5 orders")

    assert "ORDER BY orders.ordered_at DESC NULLS LAST FETCH FIRST 5" in " ".join((answer.sql or "").split())


def test_a_single_choice_asks_do_you_mean(ask: Ask) -> None:
    """One reading that is not certain is put as a question."""
    answer = ask("authors from Norwey")

    assert answer.outcome is Outcome.INPUT_REQUIRED
    assert answer.reason is not None
    assert answer.reason.startswith("Do you mean ")
    assert answer.reason.endswith("?")


def test_title_and_explanation_leave_out_words_that_only_hold_the_sentence_together(ask_bakery: Ask) -> None:
    """The title is "Revenue by kind", and "by" is not explained."""
    answer = ask_bakery("revenue by kind")

    assert answer.title == "Revenue by kind"
    assert [one.words for one in answer.explanation] == ["revenue", "kind"]


TURNS = {
    "Sort the titles of all books in descending order of price":
        "SELECT books.title AS title FROM lib.books ORDER BY books.price DESC NULLS LAST",
    "books with a higher price than 20": "SELECT books.title AS book FROM lib.books WHERE books.price > 20",
    "books whose genre is crime or genre is drama":
        "SELECT books.title AS book FROM lib.books WHERE books.genre IN ('crime', 'drama')",
    "books with more than 300 pages or priced under 5":
        "SELECT books.title AS book FROM lib.books WHERE ( books.page_count > 300 OR books.price < 5 )",
    "What are the genres of both books priced above 20 and books priced below 5?":
        "SELECT DISTINCT books.genre AS genre FROM lib.books WHERE EXISTS( SELECT 1 FROM lib.books AS books_2 WHERE "
        "books_2.genre = books.genre AND books_2.price > 20 ) AND EXISTS( SELECT 1 FROM lib.books AS books_3 WHERE "
        "books_3.genre = books.genre AND books_3.price < 5 )",
    "Which 3 books have the highest price?":
        "SELECT books.title AS book FROM lib.books ORDER BY books.price DESC NULLS LAST FETCH FIRST 3 ROWS WITH TIES",
}  # fmt: skip


@pytest.mark.parametrize("question", TURNS)
def test_turns_of_english_are_read(ask: Ask, question: str) -> None:
    """An order in front, a comparative before its noun, "or" after another condition, "both" of two kinds of rows."""
    answer = ask(question)

    assert answer.outcome is Outcome.ANSWERED, answer.reason
    assert " ".join((answer.sql or "").split()) == TURNS[question]


@pytest.mark.parametrize(
    "question",
    [
        "names of members both from Oslo and from Bergen",
        "For each genre, show the book with the highest price",
        "Who made the latest loan?",
        "How many members loaned each book?",
    ],
)
def test_what_cannot_be_said_for_certain_is_not_answered(ask: Ask, question: str) -> None:
    """One row with two values, the top of each group, nobody's name, things that may be linked several times."""
    answer = ask(question)

    assert answer.outcome is not Outcome.ANSWERED, answer.sql
    assert answer.sql is None
