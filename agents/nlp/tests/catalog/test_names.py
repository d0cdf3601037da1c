"""Names of a schema as words."""

from __future__ import annotations

import pytest

from askwire_nlp.catalog.names import is_match, split_name, verb_forms


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unit_price", ("unit", "price")),
        ("unitPrice", ("unit", "price")),
        ("HTTPStatus", ("http", "status")),
        ("cust_id", ("customer", "id")),
        ("qty", ("quantity",)),
        ("pname", ("p", "name")),
        ("paid", ("paid",)),
        ("größe", ("größe",)),
        ("line2", ("line", "2")),
    ],
)
def test_names_are_cut_where_people_would(name: str, words: tuple[str, ...]) -> None:
    """Camel case, underscores and glued endings divide words; clear abbreviations are written out."""
    assert split_name(name) == words


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("loans", "loan", True), ("cities", "city", True), ("boxes", "box", True), ("people", "person", True),
        ("statuses", "status", True), ("courses", "course", True), ("address", "addres", False),
        ("news", "new", True), ("gas", "ga", False), ("members", "number", False),
    ],
)  # fmt: skip
def test_number_does_not_matter(left: str, right: str, *, same: bool) -> None:
    """Singular and plural are the same word."""
    assert is_match(left, right) is same


@pytest.mark.parametrize(
    ("verb", "stem"),
    [("hired", "hire"), ("shipping", "ship"), ("sold", "sell"), ("aged", "age"), ("suppliers", "supply"),
     ("carried", "carry")],
)  # fmt: skip
def test_verbs_lead_to_their_stem(verb: str, stem: str) -> None:
    """An inflected verb, or who does it, gives the verb."""
    assert stem in verb_forms(verb)
