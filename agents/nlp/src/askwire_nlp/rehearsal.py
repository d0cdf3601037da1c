"""A small made-up catalog and a question about it, answered once so that the first real question does not wait."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from askwire_protocol.messages.catalog import Catalog, Column, ForeignKey, Table
from askwire_protocol.messages.questions import NlpQuery

if TYPE_CHECKING:
    from askwire_nlp.engine import Engine

__all__ = ["rehearse"]

_VERSION = "rehearsal"
_DAY = dt.date(2024, 1, 1)
_QUESTIONS = (
    "How many visits by guests from Rome were there in 2023, by month?",
    "Which guests have no visits?",
    "top 3 guests by number of visits",
    "guests older than the average",
)


def rehearse(engine: Engine) -> None:
    """Answer a few questions on a catalog that is forgotten again; loads what is otherwise loaded when first used."""
    engine.load(_catalog())
    for question in _QUESTIONS:
        engine.answer(NlpQuery(query=question, catalog_version=_VERSION), _DAY)
    engine.forget(_VERSION)


def _catalog() -> Catalog:
    guests = Table(
        schema="rehearsal",
        name="guests",
        kind="table",
        columns=(
            Column(name="id", type="integer"),
            Column(name="name", type="text"),
            Column(name="city", type="text", values=("Rome", "Bern"), values_complete=True),
            Column(name="age", type="integer"),
        ),
        primary_key=("id",),
    )
    visits = Table(
        schema="rehearsal",
        name="visits",
        kind="table",
        columns=(
            Column(name="id", type="integer"),
            Column(name="guest_id", type="integer"),
            Column(name="visited_on", type="date"),
        ),
        primary_key=("id",),
        foreign_keys=(
            ForeignKey(columns=("guest_id",), schema="rehearsal", table="guests", referenced_columns=("id",)),
        ),
    )
    return Catalog(version=_VERSION, tables=(guests, visits))
