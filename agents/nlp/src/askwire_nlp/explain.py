"""Say in words what was understood: word by word, what was assumed, and the answer's title."""

from __future__ import annotations

from askwire_nlp import plan as p
from askwire_nlp.candidates.reading import ClauseKind
from askwire_nlp.catalog import KnownCatalog
from askwire_nlp.decide import Proposal
from askwire_nlp.linking import Candidate, ItemKind
from askwire_protocol.messages.questions import Explained

__all__ = ["assumptions", "explanation", "label", "title"]

_CERTAIN = 0.9


def explanation(proposal: Proposal, catalog: KnownCatalog) -> tuple[Explained, ...]:
    """Return, in the order of the question, what each piece became and why."""
    found: list[Explained] = []
    chosen = proposal.assignment.chosen
    for place, item in enumerate(proposal.items):
        if place in chosen and item.kind is not ItemKind.DATE:
            candidate = chosen[place]
            found.append(Explained(words=item.text, meaning=_meaning(candidate, catalog), evidence=candidate.evidence))
        elif item.kind is ItemKind.DATE and item.period is not None:
            column = f" of {_meaning(chosen[place], catalog)}" if place in chosen else ""
            found.append(
                Explained(words=item.text, meaning=f"{item.period.describe()}{column}", evidence="date grammar")
            )
        elif item.kind is ItemKind.NUMBER and item.number is not None:
            found.append(Explained(words=item.text, meaning=format(item.number, "f"), evidence="number"))
        elif item.operator is not None:
            meaning = " ".join(part for part in (item.operator.op.value, item.operator.argument) if part)
            found.append(Explained(words=item.text, meaning=meaning, evidence="English"))
        elif item.kind is ItemKind.GRANULARITY and item.granularity is not None:
            found.append(Explained(words=item.text, meaning=f"calendar {item.granularity.value}", evidence="English"))
        elif item.kind in (ItemKind.TABLE, ItemKind.COLUMN):
            found.append(Explained(words=item.text, meaning="says what is next to it", evidence="English"))
    return tuple(found)


def _meaning(candidate: Candidate, catalog: KnownCatalog) -> str:
    table = catalog.tables[candidate.table]
    if candidate.column is None:
        return f"table {table.table.name}"
    if table.column(candidate.column).formula is not None:
        return f"amount of {table.table.name}"
    if candidate.value is not None:
        return f"{table.table.name}.{candidate.column} = {candidate.value!r}"
    return f"{table.table.name}.{candidate.column}"


def assumptions(proposal: Proposal, catalog: KnownCatalog) -> tuple[str, ...]:
    """Return what the asker did not say: date ranges, columns by weak evidence, the way of joining, ties."""
    found = list(proposal.assembled.notes)
    chosen, reading = proposal.assignment.chosen, proposal.reading
    for clause in reading.clauses:
        if clause.kind is ClauseKind.DATES and clause.period is not None and clause.slot is not None:
            text = proposal.items[clause.place].text
            where = _meaning(chosen[clause.slot.item], catalog)
            found.append(f'"{text}" means {where} {clause.period.describe()}')
    for place, candidate in sorted(chosen.items()):
        if place < len(proposal.items) and candidate.score < _CERTAIN and proposal.items[place].kind in (
            ItemKind.TABLE, ItemKind.COLUMN, ItemKind.VALUE, ItemKind.OPERATOR,
        ):  # fmt: skip
            text = proposal.items[place].text
            found.append(f'"{text}" means {_meaning(candidate, catalog)} ({candidate.evidence})')
    steps = proposal.assembled.tree.steps
    if steps:
        path = [catalog.tables[proposal.assembled.tree.root].table.name]
        path += [catalog.tables[step.end].table.name for step in steps]
        found.append(f"joined along foreign keys: {' → '.join(path)}")
    if proposal.plan.limit is not None:
        found.append("rows that tie with the last one are listed too")
    if proposal.plan.groups and steps:
        found.append("groups without any row are not listed")
    return tuple(dict.fromkeys(found))


def title(plan: p.Plan) -> str:
    """Return a plain title: what is shown, by what, and the order."""
    groups = [one for one in plan.outputs if not isinstance(one.expression, p.Aggregate)]
    measures = [one for one in plan.outputs if isinstance(one.expression, p.Aggregate)]
    shown = ", ".join(_spoken(one.name) for one in (measures or groups))
    text = shown[:1].upper() + shown[1:]
    if measures and groups:
        text += " by " + ", ".join(_spoken(one.name) for one in groups)
    if plan.limit is not None and plan.limit > 1:
        text += f" (top {plan.limit})" if plan.order and plan.order[0].is_descending else f" (lowest {plan.limit})"
    return text


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def label(proposal: Proposal, catalog: KnownCatalog, others: tuple[Proposal, ...]) -> str:
    """Return what sets this proposal apart from the others, in the asker's words."""
    parts: list[str] = []
    for place, candidate in sorted(proposal.assignment.chosen.items()):
        rivals = {one.assignment.chosen.get(place) for one in others}
        if rivals == {candidate}:
            continue
        text = proposal.items[place].text if place < len(proposal.items) else "date"
        parts.append(f"{text}: {_meaning(candidate, catalog)}")
    path = [catalog.tables[proposal.assembled.tree.root].table.name]
    path += [f"{catalog.tables[step.end].table.name} ({', '.join(step.edge.columns)})"
             for step in proposal.assembled.tree.steps]  # fmt: skip
    if not parts and len(path) > 1:
        return "by way of " + " → ".join(path)
    return "; ".join(parts) or title(proposal.plan)
