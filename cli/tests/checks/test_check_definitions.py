"""The table of checks and the page that is made from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from askwire.checks.definitions import CHECKS, CheckDefinition, CheckId, Scope, checks_of
from askwire.checks.probes import AGENT_PROBES, BACKEND_PROBES, phrase_question
from askwire.checks.report import REFERENCE_PAGE, render_reference
from askwire_protocol.messages import Table

_PAGE = Path(__file__).parents[3] / REFERENCE_PAGE


def test_page_is_up_to_date() -> None:
    """`python -m askwire.checks.reference docs/reference/checks.md` was run after the last change."""
    assert _PAGE.read_text(encoding="utf-8") == render_reference()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_check_has_an_anchor_with_a_remedy(check: CheckDefinition) -> None:
    """The hint that is printed leads somewhere."""
    section = _PAGE.read_text(encoding="utf-8").split(f"## {check.id.value}\n")[1].split("\n## ")[0]
    assert check.remedy in section
    assert check.cause in section


def test_every_check_can_be_done() -> None:
    """There is a probe for each; opening the connection is the first one's."""
    assert {check.id for check in CHECKS} == set(CheckId)
    assert set(AGENT_PROBES) | set(BACKEND_PROBES) | {CheckId.AGENT_CONNECTION} == set(CheckId)


def test_checks_of_an_agent_begin_with_the_common_ones() -> None:
    """Connection, health and heartbeat come before the agent's own request."""
    assert [check.id.value for check in checks_of(Scope.DATA)] == [
        "agent-connection",
        "agent-health",
        "agent-heartbeat",
        "sql-query",
    ]
    assert checks_of(Scope.BACKEND)[0].id is CheckId.BACKEND_REACHABLE


def test_question_counts_the_largest_plain_table() -> None:
    """The question is about the database that is there, in a word that is easy to place."""
    tables = (
        Table(schema="s", name="order_items", rows=900),
        Table(schema="s", name="orders", rows=300),
        Table(schema="s", name="countries", rows=10),
        Table(schema="s", name="sales", rows=1000, kind="view"),
    )
    assert phrase_question(tables) == "How many orders are there?"
    assert phrase_question(()) == "How many rows are there?"
