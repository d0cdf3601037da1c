"""Put a decision into the words of the protocol: an answer, a question back, or a refusal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from askwire_nlp.catalog import KnownCatalog
from askwire_nlp.decide import Proposal
from askwire_nlp.explain import assumptions, explanation, label, title
from askwire_nlp.plan import to_builtins
from askwire_protocol.messages.questions import Choice, NlpAnswer, Outcome

__all__ = ["answer_with", "ask_back", "choice_id", "refuse"]


def choice_id(proposal: Proposal) -> str:
    """Return the id of a proposal: the same SQL always has the same."""
    return hashlib.sha256(proposal.sql.encode()).hexdigest()[:12]


def answer_with(proposal: Proposal, catalog: KnownCatalog, confidence: float) -> NlpAnswer:
    """Return the answer of one proposal."""
    return NlpAnswer(
        outcome=Outcome.ANSWERED,
        sql=proposal.sql,
        plan=to_builtins(proposal.plan),
        explanation=explanation(proposal, catalog),
        assumptions=assumptions(proposal, catalog),
        confidence=confidence,
        chart_type=proposal.reading.chart_type,
        title=title(proposal.plan),
    )


def ask_back(proposals: tuple[Proposal, ...], catalog: KnownCatalog, confidence: float) -> NlpAnswer:
    """Return the question which of two or three readings is meant."""
    titles = [title(one.plan) for one in proposals]
    pieces = {frozenset(one.assignment.chosen) for one in proposals}
    if len(pieces) > 1 and len(set(titles)) == len(titles):
        labels = titles
    else:
        labels = [label(one, catalog, tuple(other for other in proposals if other is not one)) for one in proposals]
    for index, text in enumerate(labels):
        if labels.count(text) > 1:
            # the same words may be meant in two ways: the answer's title tells them apart
            labels[index] = f"{text}: {title(proposals[index].plan)}"
    choices = tuple(
        Choice(id=choice_id(one), label=text, sql=one.sql) for one, text in zip(proposals, labels, strict=True)
    )
    return NlpAnswer(
        outcome=Outcome.INPUT_REQUIRED,
        confidence=confidence,
        choices=choices,
        reason=_doubt(proposals, catalog),
        chart_type=proposals[0].reading.chart_type,
    )


def _doubt(proposals: tuple[Proposal, ...], catalog: KnownCatalog) -> str:
    """Return why it is asked back: words that are not known for sure, or readings that come close."""
    if len(proposals) == 1:
        return f"Do you mean {_in_sentence(label(proposals[0], catalog, ()))}?"
    unsure = tuple(dict.fromkeys(item.text for one in proposals for item in one.items if item.is_unsure))
    if unsure:
        listed = ", ".join(f'"{word}"' for word in unsure)
        return f"It is not certain what {listed} means here."
    return "The question can be read in more than one way."


def _in_sentence(text: str) -> str:
    """Return a title as it stands within a sentence."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _sentence(text: str) -> str:
    """Return the text as a whole sentence."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def refuse(words: Iterable[str], reason: str | None, catalog: KnownCatalog | None = None) -> NlpAnswer:
    """Return a refusal that names the words without a place, and what is known nearby."""
    unknown = tuple(dict.fromkeys(words))
    if unknown:
        listed = ", ".join(f'"{word}"' for word in unknown)
        sentence = f"Not understood: {listed}"
        near = _nearby(unknown, catalog) if catalog is not None else ()
        if near:
            sentence += f"; the database knows {', '.join(near)}"
        reason = f"{sentence}. {_sentence(reason)}" if reason else sentence
    return NlpAnswer(
        outcome=Outcome.REFUSED,
        not_understood=unknown,
        reason=_sentence(reason or "The question is not understood well enough to answer it"),
    )


def _nearby(unknown: tuple[str, ...], catalog: KnownCatalog) -> tuple[str, ...]:
    """Return names of the schema that look like the unknown words; without any, some tables."""
    names = sorted({" ".join(table.words) for table in catalog.tables}
                   | {" ".join(column.short) for table in catalog.tables for column in table.columns})  # fmt: skip
    found: list[str] = []
    for word in unknown[:3]:
        hits = process.extract(word.lower(), names, scorer=fuzz.ratio, score_cutoff=70, limit=2)
        found.extend(name for name, _, _ in hits)
    tables = [" ".join(table.words) for table in catalog.tables if not table.is_link]
    return tuple(dict.fromkeys(found or tables[:5]))[:5]
