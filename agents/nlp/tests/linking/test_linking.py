"""Words tied to tables, columns and values."""

from __future__ import annotations

from askwire_nlp.catalog import KnownCatalog
from askwire_nlp.linking import Candidate, SchemaIndex, ValueIndex
from askwire_nlp.words import Word


def words(text: str, tag: str = "NN") -> tuple[Word, ...]:
    """Return words with one tag."""
    return tuple(Word(part, part.lower(), part.lower(), tag, 0, 0) for part in text.split())


def names(known: KnownCatalog, found: list[Candidate]) -> list[str]:
    """Return candidates as table or table.column."""
    return [".".join(part for part in (known.tables[one.table].table.name, one.column) if part) for one in found]


def test_tables_are_found_by_name_number_and_synonym(known: KnownCatalog) -> None:
    """Plural or singular, or a word that means the same."""
    index = SchemaIndex(known)

    assert names(known, index.find(words("member"))[0])[0] == "members"
    assert names(known, index.find(words("writers"))[0])[0] == "authors"
    assert index.find(words("zebra")) == ([], [])


def test_columns_are_found_whole_before_parts(known: KnownCatalog) -> None:
    """The whole name counts more than its last word, and that more than nothing."""
    index = SchemaIndex(known)
    exact = index.find(words("unit price"))[1][0]
    part = next(one for one in index.find(words("price"))[1] if one.column == "unit_price")

    assert exact.column == "unit_price"
    assert exact.score == 1.0
    assert 0 < part.score < exact.score


def test_of_turns_the_words_around(known: KnownCatalog) -> None:
    """Date of birth is the birth date."""
    assert SchemaIndex(known).find(words("date of birth"))[1][0].column == "birth_date"


def test_verbs_name_dates(known: KnownCatalog) -> None:
    """A participle names the column that says when it was done."""
    found = SchemaIndex(known).find(words("published", "VBN"))[1]

    assert found[0].column == "published_on"


def test_adjectives_name_what_they_measure(known: KnownCatalog) -> None:
    """Expensive is measured by a price, wherever there is one."""
    assert names(known, SchemaIndex(known).concept("price"))[0] == "books.price"


def test_values_are_found_in_any_case_and_number(known: KnownCatalog) -> None:
    """Case, accents and plural do not matter; the stored text is kept."""
    index = ValueIndex(known)

    assert {one.value for one in index.find(words("oslo"), "oslo")} == {"Oslo"}
    assert {one.value for one in index.find(words("tromso"), "tromso")} == {"Tromsø"} or index.find(
        words("Tromsø"), "Tromsø"
    )
    assert [one.value for one in index.find(words("dramas"), "dramas")] == ["drama"]
    assert index.find(words("Paris"), "Paris") == []


def test_adjectives_of_countries_are_values(known: KnownCatalog) -> None:
    """Norwegian authors are those whose country is Norway."""
    assert [one.value for one in ValueIndex(known).find(words("norwegian"), "norwegian")] == ["Norway"]


def test_misspelt_values_are_only_near(known: KnownCatalog) -> None:
    """A misspelt value is never found, only offered."""
    index = ValueIndex(known)

    assert index.find(words("Norwey"), "Norwey") == []
    assert index.near("Norwey")[0].value == "Norway"
    assert index.near("Norwey")[0].score < 0.5
