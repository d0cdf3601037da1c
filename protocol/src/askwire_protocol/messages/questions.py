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


class GlossaryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A word whose meaning in this database was confirmed by a person."""

    words: str
    meaning: str


class NlpQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question; ``today`` (ISO date) fixes what "last year" means and defaults to the agent's own date."""

    query: str
    context: Any = None
    """Opaque state of the last answer; only ever given back."""
    catalog_version: str | None = None
    answers: tuple[ChosenAnswer, ...] = ()
    glossary: tuple[GlossaryEntry, ...] = ()
    today: str | None = None


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """How some words of the question became a part of the SQL, and on what evidence."""

    words: str
    meaning: str
    evidence: str


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of the question, offered to the asker."""

    id: str
    label: str
    sql: str


class NlpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome; ``sql`` is set exactly when it is ``answered``, ``choices`` exactly when ``input_required``."""

    outcome: Outcome
    sql: str | None = None
    plan: Any = None
    """The typed plan as JSON, for people who want to look; not an interface."""
    explanation: tuple[Explained, ...] = ()
    assumptions: tuple[str, ...] = ()
    confidence: float = 0.0
    choices: tuple[Choice, ...] = ()
    not_understood: tuple[str, ...] = ()
    reason: str | None = None
    """Why it asks back or refuses, in one sentence."""
    context: Any = None
    chart_type: str | None = None
    """The chart that the question names ("as a pie"), one of ``ChartType``."""
    title: str | None = None
