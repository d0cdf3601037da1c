"""Judge the rows of an answer by the rows of the gold: strictly, and leniently."""

from __future__ import annotations

import dataclasses
import enum
import itertools
from collections.abc import Iterator, Mapping, Sequence

from askwire_evaluate.cells import Cell, Row, cells_equal, is_subset, multisets_equal, rows_equal, subtract
from askwire_evaluate.column_roles import Role

__all__ = [
    "Answer",
    "Difference",
    "Gold",
    "Labels",
    "Tied",
    "Translation",
    "find_difference",
    "is_lenient",
    "is_same_with_repetitions",
    "is_strict",
    "matches_ties",
]

_MAX_READINGS = 5000
"""Ways to match columns that are tried before an answer counts as wrong."""


class Difference(enum.StrEnum):
    """In what way an answer that is wrong differs; for people who look for causes."""

    EMPTY = "no rows"
    ROWS = "another number of rows"
    ORDER = "another order"
    EXTRA = "a column too many"
    MISSING = "a column is missing"
    VALUES = "other values"


Labels = Mapping[tuple[int, int], "Translation"]
"""By gold's and answer's column: how an id of the one becomes the name that the other shows."""


@dataclasses.dataclass(frozen=True, slots=True)
class Translation:
    """``names`` by id; ``of_gold`` where the gold has the id and the answer the name, else the other way round."""

    names: Mapping[Cell, Cell]
    of_gold: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Tied:
    """The gold's rows with all that tie: blocks of equal keys in the asked order; the last may be cut."""

    blocks: tuple[tuple[Row, ...], ...]

    def count(self) -> int:
        """Return the number of rows with all ties."""
        return sum(map(len, self.blocks))


@dataclasses.dataclass(frozen=True, slots=True)
class Gold:
    """``rows`` are the first of ``count`` rows; ``roles`` are empty where the columns' origins are not known."""

    rows: tuple[Row, ...]
    count: int
    ordered: bool
    roles: tuple[Role, ...] = ()
    tied: Tied | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """All rows of an answer and the roles of its columns."""

    rows: tuple[Row, ...]
    width: int
    roles: tuple[Role, ...] = ()


def is_strict(gold: Gold, answer: Answer) -> bool:
    """Say whether the rows equal the gold's: as lists where an order is asked for, else as sets."""
    if gold.count > len(gold.rows):
        return len(answer.rows) == gold.count and _holds_stored(gold, answer)
    if gold.ordered:
        return len(answer.rows) == gold.count and all(map(rows_equal, gold.rows, answer.rows))
    return is_subset(gold.rows, answer.rows) and is_subset(answer.rows, gold.rows)


def is_same_with_repetitions(gold: Gold, answer: Answer) -> bool:
    """Say whether each row also occurs as often as in the gold."""
    return is_strict(gold, answer) and len(answer.rows) == gold.count and (
        gold.count > len(gold.rows) or multisets_equal(gold.rows, answer.rows)
    )  # fmt: skip


def is_lenient(gold: Gold, answer: Answer, labels: Labels | None = None) -> bool:
    """Say whether the answer is right but for an id or name column, the order of columns, or winners of a tie.

    One id and one name (or the parts of one) may be extra, and as many missing; one column at least is the gold's.
    A name in the place of an id, or the other way round, is looked up in ``labels``. Numbers are never left out.
    """
    if is_strict(gold, answer):
        return True
    if gold.count > len(gold.rows) or not gold.rows or not answer.rows:
        return False
    counts = {gold.count} if gold.tied is None else {gold.count, gold.tied.count()}
    if gold.tied is not None and len(answer.rows) not in counts:
        return False
    known = labels or {}
    return any(_fits(gold, answer, reading, known) for reading in _readings(gold, answer, known))


def find_difference(gold: Gold, answer: Answer) -> Difference:
    """Say in what way a wrong answer differs."""
    if not answer.rows:
        return Difference.EMPTY
    anything = dataclasses.replace(gold, ordered=False)
    if is_lenient(anything, answer):
        return Difference.ORDER
    width = len(gold.rows[0]) if gold.rows else 0
    for column in range(answer.width if width else 0):
        rest = tuple(row[:column] + row[column + 1 :] for row in answer.rows)
        roles = answer.roles[:column] + answer.roles[column + 1 :]
        if answer.width > 1 and is_lenient(anything, Answer(rest, answer.width - 1, roles)):
            return Difference.EXTRA
    free = dataclasses.replace(anything, tied=None)
    for position in range(width if width > 1 else 0):
        kept = tuple(row[:position] + row[position + 1 :] for row in gold.rows)
        roles = gold.roles[:position] + gold.roles[position + 1 :]
        if is_lenient(dataclasses.replace(free, rows=kept, roles=roles), answer):
            return Difference.MISSING
    return Difference.ROWS if len(answer.rows) != gold.count else Difference.VALUES


def matches_ties(tied: Tied, rows: Sequence[Row], *, ordered: bool) -> bool:
    """Say whether rows of the gold's columns are what its query may give, whichever of the tied rows win."""
    wanted = [row for block in tied.blocks for row in block]
    return len(rows) <= len(wanted) and _fits_tied(wanted, list(map(len, tied.blocks)), rows, ordered=ordered)


def _holds_stored(gold: Gold, answer: Answer) -> bool:
    if gold.ordered:
        return all(map(rows_equal, gold.rows, answer.rows))
    return is_subset(gold.rows, answer.rows)


_Reading = tuple[tuple[int, int], ...]
"""Pairs of a gold's and an answer's column."""


def _readings(gold: Gold, answer: Answer, labels: Labels) -> Iterator[_Reading]:
    """Yield the ways to read the answer's columns as the gold's, the most complete first."""
    width = len(gold.rows[0])
    gold_roles = gold.roles if len(gold.roles) == width else (Role.OTHER,) * width
    answer_roles = answer.roles if len(answer.roles) == answer.width else (Role.OTHER,) * answer.width
    options = [_options(gold, answer, position, labels) for position in range(width)]
    for reading in itertools.islice(_assign(options, gold_roles, 0, ()), _MAX_READINGS):
        shown = {column for _, column in reading}
        extra = [role for column, role in enumerate(answer_roles) if column not in shown]
        left_out = set(range(width)).difference(position for position, _ in reading)
        missing = [gold_roles[position] for position in left_out]
        if reading and _may_differ(extra) and _may_differ(missing):
            yield reading


def _may_differ(roles: Sequence[Role]) -> bool:
    # the first and the last name are two columns
    return roles.count(Role.OTHER) == 0 and roles.count(Role.ID) <= 1 and roles.count(Role.NAME) <= 2


def _assign(
    options: Sequence[Sequence[int]], roles: Sequence[Role], position: int, chosen: _Reading
) -> Iterator[_Reading]:
    if position == len(options):
        yield chosen
        return
    used = {column for _, column in chosen}
    for column in options[position]:
        if column not in used:
            yield from _assign(options, roles, position + 1, (*chosen, (position, column)))
    if roles[position] is not Role.OTHER:
        yield from _assign(options, roles, position + 1, chosen)


def _options(gold: Gold, answer: Answer, position: int, labels: Labels) -> list[int]:
    """Return the answer's columns that hold no value which the gold's column does not hold."""
    source = _gold_rows(gold)
    found = []
    for column in range(answer.width):
        wanted, shown = _column(source, answer.rows, (position, column), labels)
        if is_subset([(cell,) for cell in shown], [(cell,) for cell in wanted]):
            found.append(column)
    return found


def _gold_rows(gold: Gold) -> tuple[Row, ...]:
    return gold.rows if gold.tied is None else tuple(row for block in gold.tied.blocks for row in block)


def _column(
    gold: Sequence[Row], answer: Sequence[Row], pair: tuple[int, int], labels: Labels
) -> tuple[list[Cell], list[Cell]]:
    """Return both columns of a pair, ids turned into names where the pair is one of id and name."""
    wanted, shown = [row[pair[0]] for row in gold], [row[pair[1]] for row in answer]
    translation = labels.get(pair)
    if translation is None or all(any(cells_equal(cell, other) for other in wanted) for cell in shown[:1]):
        return wanted, shown
    if translation.of_gold:
        return [translation.names.get(cell) for cell in wanted], shown
    return wanted, [translation.names.get(cell) for cell in shown]


def _fits(gold: Gold, answer: Answer, reading: _Reading, labels: Labels) -> bool:
    source = _gold_rows(gold)
    columns = [_column(source, answer.rows, pair, labels) for pair in reading]
    wanted: list[Row] = list(zip(*(column[0] for column in columns), strict=True))
    shown: list[Row] = list(zip(*(column[1] for column in columns), strict=True))
    if gold.tied is not None:
        sizes = [len(block) for block in gold.tied.blocks]
        return _fits_tied(wanted, sizes, shown, ordered=gold.ordered)
    if gold.ordered:
        return len(wanted) == len(shown) and all(map(rows_equal, wanted, shown))
    if len(reading) == answer.width == len(gold.rows[0]):
        return is_subset(wanted, shown) and is_subset(shown, wanted)
    # without a column rows can become equal that were not: then each must be there as often
    return multisets_equal(wanted, shown)


def _fits_tied(wanted: list[Row], sizes: list[int], shown: Sequence[Row], *, ordered: bool) -> bool:
    """Compare block by block; the last may be cut, and where no order is asked for the blocks may be mixed."""
    if not ordered:
        sure = sum(sizes[:-1])
        left = subtract(shown, wanted[:sure])
        return len(left) == len(shown) - sure and not subtract(left, wanted[sure:])
    place = 0
    for size in sizes:
        if subtract(shown[place : place + size], wanted[place : place + size]):
            return False
        place += size
    return True
