"""``nlp_query``: a question in English to SQL, a question back, or a refusal."""

from __future__ import annotations

import enum
from typing import Any

import msgspec

__all__ = ["Choice", "ChosenAnswer", "Explained", "GlossaryEntry", "NlpAnswer", "NlpQuery", "Outcome"]


class Outcome(enum.StrEnum):
    """How a question ended."""

    ANSWERED = "answered"
    INPUT_REQUIRED = "input_required"
    REFUSED = "refused"


class ChosenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The choice that the asker made when asked back."""

    id: str
    """The ``id`` of one of the choices."""


class GlossaryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A word whose meaning in this database was confirmed by a person."""

    words: str
    """As people say it."""
    meaning: str


class NlpQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question; ``today`` (ISO date) fixes what "last year" means and defaults to the agent's own date."""

    query: str
    """The question, in English."""
    context: Any = None
    """Opaque state of the last answer; only ever given back."""
    catalog_version: str | None = None
    """The catalog to understand it by; the newest where left out, ``FAILED_PRECONDITION`` where it is not known."""
    answers: tuple[ChosenAnswer, ...] = ()
    """What the asker chose when asked back; sent with the same question and the ``context`` of the answer."""
    glossary: tuple[GlossaryEntry, ...] = ()
    today: str | None = None


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """How some words of the question became a part of the SQL, and on what evidence."""

    words: str
    """Words of the question."""
    meaning: str
    """What they became: a column, a value, a period, a number."""
    evidence: str
    """Why it is believed, as ``name of the column``."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of the question, offered to the asker."""

    id: str
    label: str
    """The reading, in words for the asker."""
    sql: str
    """What would run if it is chosen."""


class NlpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome; ``sql`` is set exactly when it is ``answered``, ``choices`` exactly when ``input_required``."""

    outcome: Outcome
    sql: str | None = None
    """One SELECT for PostgreSQL."""
    plan: Any = None
    """The typed plan as JSON, for people who want to look; not an interface."""
    explanation: tuple[Explained, ...] = ()
    """How the words became the SQL."""
    assumptions: tuple[str, ...] = ()
    """What was taken for granted because the asker did not say it, in sentences."""
    confidence: float = 0.0
    """From 0 to 1."""
    choices: tuple[Choice, ...] = ()
    """At most three readings to choose from."""
    not_understood: tuple[str, ...] = ()
    """Words of the question that mean nothing in this database."""
    reason: str | None = None
    """Why it asks back or refuses, in one sentence."""
    context: Any = None
    """Opaque; goes back with the next question that belongs to this one."""
    chart_type: str | None = None
    """The chart that the question names ("as a pie"), one of ``ChartType``."""
    title: str | None = None
    """A heading for rows and chart."""
