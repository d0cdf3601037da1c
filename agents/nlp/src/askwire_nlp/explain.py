"""Say in words what was understood: word by word, what was assumed, and the answer's title."""

from __future__ import annotations

from askwire_nlp import plan as p
from askwire_nlp.candidates.reading import ClauseKind
from askwire_nlp.catalog import KnownCatalog
from askwire_nlp.catalog.names import plural
from askwire_nlp.decide import Proposal
from askwire_nlp.linking import Candidate, Item, ItemKind, Op
from askwire_protocol.messages.questions import Explained

__all__ = ["assumptions", "explanation", "label", "title"]

_CERTAIN = 0.9
_FUNCTIONS = {"avg": "average", "sum": "total", "min": "minimum", "max": "maximum"}
_COMPARISONS = {
    ">": "more than", "<": "less than", ">=": "at least", "<=": "at most", "=": "equal to", "<>": "not equal to",
}  # fmt: skip
_PATTERNS = {"prefix": "begins with", "suffix": "ends with", "part": "contains"}
_OPERATIONS = {
    Op.COUNT: "number of rows", Op.BETWEEN: "between", Op.NOT: "not", Op.WITHOUT: "without", Op.DISTINCT: "each once",
    Op.MISSING: "has no value", Op.OR: "or", Op.SORT: "in order",
}  # fmt: skip


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
            meaning = _operation(proposal, item)
            if meaning:
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
    keys = [one.expression for one in plan.order if isinstance(one.expression, p.ColumnRef)]
    if keys and not measures and plan.limit is None:
        text += " in order of " + ", ".join(_spoken(one.column.lower()) for one in keys)
    if measures and groups:
        text += " by " + ", ".join(_spoken(one.name) for one in groups)
    if plan.limit is not None and plan.limit > 1:
        text += f" (top {plan.limit})" if plan.order and plan.order[0].is_descending else f" (lowest {plan.limit})"
    return text


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _operation(proposal: Proposal, item: Item) -> str:
    """Return what a word of the language asks for; empty for one that only holds the sentence together."""
    if item.op is Op.AGGREGATE:
        aggregates = [one.expression for one in proposal.plan.outputs if isinstance(one.expression, p.Aggregate)]
        used = {one.function for one in aggregates}
        is_counted = item.argument == "sum" and "count" in used and "sum" not in used
        return "number of rows" if is_counted else _FUNCTIONS.get(item.argument, item.argument)
    if item.op in (Op.COMPARE, Op.MORE_OR_LESS):
        return _COMPARISONS.get(item.argument, item.argument)
    if item.op is Op.LIKE:
        return _PATTERNS.get(item.argument, item.argument)
    if item.op in (Op.SUPERLATIVE, Op.COMMON):
        return "the greatest" if item.argument == "max" else "the least"
    if item.op is Op.DIRECTION:
        return "in descending order" if item.argument == "desc" else "in ascending order"
    if item.op is Op.CHART:
        return f"{_spoken(item.argument)} chart"
    return _OPERATIONS.get(item.op, "") if item.op else ""


def label(proposal: Proposal, catalog: KnownCatalog, others: tuple[Proposal, ...]) -> str:
    """Return what sets this proposal apart from the others, in the asker's words."""
    parts: list[str] = []
    for place, candidate in sorted(proposal.assignment.chosen.items()):
        rivals = {one.assignment.chosen.get(place) for one in others}
        if rivals == {candidate}:
            continue
        if not others and candidate.score >= _CERTAIN and not _is_place_unsure(proposal, place):
            continue
        parts.append(_choice(proposal, place, candidate, catalog))
    if parts:
        return "; ".join(dict.fromkeys(parts))
    titles = {title(one.plan) for one in others}
    path = [_things(proposal.assembled.tree.root, catalog)]
    path += [f"{_things(step.end, catalog)} ({', '.join(step.edge.columns)})" for step in proposal.assembled.tree.steps]
    return "by way of " + " → ".join(path) if title(proposal.plan) in titles else title(proposal.plan)


def _is_place_unsure(proposal: Proposal, place: int) -> bool:
    return place < len(proposal.items) and proposal.items[place].is_unsure


def _choice(proposal: Proposal, place: int, candidate: Candidate, catalog: KnownCatalog) -> str:
    """Return what one piece means: "customers' first name", "customers whose city is Oslo"."""
    things = _things(candidate.table, catalog)
    if candidate.column is None:
        return things
    column = catalog.tables[candidate.table].column(candidate.column)
    owner = f"{things}'" if things.endswith("s") else f"{things}'s"
    named = " and ".join(" ".join(catalog.tables[candidate.table].column(one).short) for one in candidate.others)
    spoken = " ".join(column.short) + (f" and {named}" if named else "")
    if candidate.value is not None:
        return f'{owner} {spoken} "{candidate.value}"'
    item = proposal.items[place] if place < len(proposal.items) else None
    if item is not None and item.kind is ItemKind.DATE:
        return f"{item.text} by {owner} {spoken}"
    if item is not None and item.operator is not None and item.op in (Op.SUPERLATIVE, Op.COMPARE):
        return f'"{item.text}" by {owner} {spoken}'
    return f"{owner} {spoken}"


def _things(table: int, catalog: KnownCatalog) -> str:
    words = catalog.tables[table].words
    return " ".join((*words[:-1], plural(words[-1])))
