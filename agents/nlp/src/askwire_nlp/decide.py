"""Decide between answering, asking back and refusing."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from askwire_nlp import plan as p
from askwire_nlp.candidates.assembly import Assembled
from askwire_nlp.candidates.reading import Reading
from askwire_nlp.candidates.resolution import Assignment
from askwire_nlp.linking import Item

__all__ = ["Proposal", "Verdict", "decide"]

_MARGIN = 0.1
_WIDE_MARGIN = 0.3
_LEAST_SCORE = -1.25
_LEAST_CONFIDENCE = 0.63
"""Below it about every fourth answer was wrong on the databases that it was chosen by: it is asked instead."""
_MOST_CHOICES = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Proposal:
    """One reading with its plan and SQL; ``score`` is at most 0."""

    items: tuple[Item, ...]
    reading: Reading
    assignment: Assignment
    assembled: Assembled
    sql: str
    score: float
    is_unsure: bool = False
    """It may be offered, but not taken without asking."""

    @property
    def plan(self) -> p.Plan:
        """Return the plan."""
        return self.assembled.plan


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """The proposals to answer with or to ask about; none is a refusal."""

    proposals: tuple[Proposal, ...]
    confidence: float
    is_question: bool = False


def decide(proposals: Sequence[Proposal]) -> Verdict:
    """Return what to do: the best proposal where nothing else comes near it, else the question which is meant."""
    ranked = distinct(proposals)
    if not ranked or ranked[0].score < _LEAST_SCORE:
        return Verdict((), 0.0)
    best = ranked[0]
    near = [one for one in ranked if one.score > best.score - _MARGIN]
    if len(near) > 1 or best.is_unsure:
        return Verdict(tuple(near[:_MOST_CHOICES]), round(math.exp(best.score) / len(near), 3), is_question=True)
    gap = best.score - ranked[1].score if len(ranked) > 1 else 1.0
    certainty = 1.0 if gap >= 0.5 else 0.7 + 0.6 * gap
    confidence = round(math.exp(best.score / 2) * min(certainty, 1.0), 3)
    if confidence < _LEAST_CONFIDENCE:
        rivals = [one for one in ranked if one.score > best.score - _WIDE_MARGIN]
        return Verdict(tuple(rivals[:_MOST_CHOICES]), confidence, is_question=True)
    return Verdict((best,), confidence)


def distinct(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Return the best proposal for each SQL, best first; equal scores are put in the order of their SQL."""
    best: dict[str, Proposal] = {}
    for one in proposals:
        if one.sql not in best or best[one.sql].score < one.score:
            best[one.sql] = one
    return sorted(best.values(), key=lambda one: (-one.score, one.sql))
