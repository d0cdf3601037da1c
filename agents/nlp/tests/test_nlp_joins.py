"""Ways along foreign keys."""

from __future__ import annotations

from askwire_nlp.catalog import KnownCatalog, understand
from askwire_nlp.joins import JoinGraph
from askwire_protocol.messages.catalog import Catalog, Column, ForeignKey, Table


def place(known: KnownCatalog, name: str) -> int:
    """Return a table's index."""
    return next(one.index for one in known.tables if one.table.name == name)


def path(known: KnownCatalog, start: str, end: str) -> list[str]:
    """Return the tables of the cheapest way."""
    found = JoinGraph(known).paths(place(known, start), place(known, end))
    return [known.tables[step.end].table.name for step in found[0][1]]


def test_the_shortest_way_leads_over_link_tables(known: KnownCatalog) -> None:
    """Authors and books meet in the table that links them."""
    assert path(known, "authors", "books") == ["book_authors", "books"]
    assert path(known, "branches", "books") == ["members", "loans", "books"]


def test_ways_that_only_share_a_parent_cost_more(known: KnownCatalog) -> None:
    """Loans and sales of the same book are farther apart than a loan and its member's branch."""
    graph = JoinGraph(known)
    loans, sales, branches = (place(known, name) for name in ("loans", "sale_lines", "branches"))

    assert graph.distance(loans, sales) > graph.distance(loans, branches)


def test_trees_know_what_multiplies_rows(known: KnownCatalog) -> None:
    """Towards the referenced table a row meets one; the other way it may meet many."""
    loans, members, books, authors = (place(known, name) for name in ("loans", "members", "books", "authors"))
    tree = JoinGraph(known).trees(loans, [members, books, authors])[0]

    assert not tree.multiplies(members)
    assert not tree.multiplies(books)
    assert tree.multiplies(authors)


def match(home: str, away: str) -> KnownCatalog:
    """Return games with two references to teams."""
    keys = tuple(
        ForeignKey(columns=(name,), schema="s", table="teams", referenced_columns=("id",)) for name in (home, away)
    )
    teams = Table(
        schema="s", name="teams", primary_key=("id",),
        columns=(Column(name="id", type="integer"), Column(name="name", type="text")),
    )  # fmt: skip
    games = Table(
        schema="s", name="games", primary_key=("id",), foreign_keys=keys,
        columns=tuple(Column(name=name, type="integer") for name in ("id", home, away)),
    )  # fmt: skip
    return understand(Catalog(version="1", tables=(teams, games)))


def test_two_references_to_one_table_are_two_ways() -> None:
    """Both ways come back, unless the words of one of them were spoken."""
    known = match("home_team_id", "away_team_id")
    graph = JoinGraph(known)

    assert len(graph.trees(1, [0])) == 2
    spoken = graph.trees(1, [0], frozenset({known.edges[1].index}))
    assert [tree.steps[0].edge.columns for tree in spoken] == [("away_team_id",)]


def test_tables_out_of_reach_have_no_tree() -> None:
    """Without foreign keys there is no way."""
    tables = tuple(Table(schema="s", name=name, columns=(Column(name="id", type="integer"),)) for name in "ab")
    known = understand(Catalog(version="1", tables=tables))

    assert JoinGraph(known).trees(0, [1]) == []
