"""Cut a question into pieces: the cutting that explains most words best, and its rival if there is one."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from askwire_nlp.catalog.names import singular
from askwire_nlp.dates import read_date, read_granularity
from askwire_nlp.linking.english import BE, FUNCTION_WORDS, LIGHT_VERBS
from askwire_nlp.linking.items import Candidate, Item, ItemKind, Op
from askwire_nlp.linking.operators import read_operator
from askwire_nlp.linking.schema import LONGEST_NAME, SchemaIndex, is_verb_form
from askwire_nlp.linking.values import LONGEST_VALUE, ValueIndex
from askwire_nlp.numbers import read_number
from askwire_nlp.words import Word

__all__ = ["Segmenter"]

_MOST_CANDIDATES = 12
_CLOSE = 0.12
_UNKNOWN_COST = -1.5
_WHOLE_NAME = 0.95
_SOME_NAME = 0.7
_UNSURE_COST = -0.6
_TEXT_NOUNS = {"the", "a", "word", "words", "letter", "letters", "substring", "string", "text", "phrase"}
_BEFORE_THINGS = {"the", "a", "an", "all", "which", "what", "each", "every", "these", "those", "of"}
_OPENERS = {"where", "when", "why"}


@dataclasses.dataclass(frozen=True, slots=True)
class _Piece:
    item: Item
    weight: float


class Segmenter:
    """Cuts questions on one catalog."""

    def __init__(self, schema: SchemaIndex, values: ValueIndex) -> None:
        self._schema = schema
        self._values = values

    def cut(self, words: Sequence[Word], text: str, today: dt.date) -> tuple[tuple[Item, ...], ...]:
        """Return one or two cuttings, the likelier first; each covers every word."""
        pieces = [self._pieces(words, place, text, today) for place in range(len(words))]
        found: list[tuple[Item, ...]] = []
        for bias in (0.15, -0.45):
            cutting = _best(pieces, bias)
            if cutting not in found:
                found.append(cutting)
        return tuple(found)

    def _pieces(self, words: Sequence[Word], start: int, text: str, today: dt.date) -> list[_Piece]:
        word = words[start]
        if start and not word.is_quoted and _wants_literal(words, start):
            return [_Piece(Item(ItemKind.LITERAL, start, start + 1, word.text), 1.2)]
        found = self._fixed(words, start, today)
        for end in range(min(start + LONGEST_NAME, len(words)), start, -1):
            found.extend(self._names(words, start, end))
        found.extend(self._stored(words, start, text))
        if start == 0 and word.lower in _OPENERS:
            return [_Piece(Item(ItemKind.UNKNOWN, 0, 1, word.text), _UNKNOWN_COST)]
        if word.lower in FUNCTION_WORDS and not word.is_quoted:
            found.append(_Piece(Item(ItemKind.FUNCTION, start, start + 1, word.lower), 0.4))
        elif word.tag.startswith("VB") and word.lemma in LIGHT_VERBS:
            found.append(_Piece(Item(ItemKind.FUNCTION, start, start + 1, word.lower, is_verb=True), 0.3))
        if word.is_quoted:
            found.append(_Piece(Item(ItemKind.LITERAL, start, start + 1, word.text), 0.5))
        elif not found or all(piece.item.kind is ItemKind.FUNCTION for piece in found):
            if word.tag.startswith("VB") and start:
                item = Item(ItemKind.FUNCTION, start, start + 1, word.lower, is_verb=True, is_unsure=True)
                found.append(_Piece(item, _UNSURE_COST))
            near = tuple(self._values.near(word.text)) if word.tag.startswith("NNP") else ()
            found.append(_Piece(Item(ItemKind.UNKNOWN, start, start + 1, word.text, near), _UNKNOWN_COST))
        return found

    def _fixed(self, words: Sequence[Word], start: int, today: dt.date) -> list[_Piece]:
        """Return pieces that do not depend on the schema."""
        found: list[_Piece] = []
        date = read_date(words, start, today)
        if date is not None:
            item = Item(ItemKind.DATE, start, date.end, _text(words, start, date.end), period=date.period,
                        is_years=date.is_years)  # fmt: skip
            found.append(_Piece(item, 1.1 * (date.end - start)))
        number = read_number(words, start)
        if number is not None and not number.is_percent:
            item = Item(ItemKind.NUMBER, start, number.end, _text(words, start, number.end), number=number.value,
                        is_money=number.is_money)  # fmt: skip
            found.append(_Piece(item, 1.0 * (number.end - start)))
        operator = read_operator(words, start)
        if operator is not None:
            end, meaning = operator
            item = Item(ItemKind.OPERATOR, start, end, _text(words, start, end), operator=meaning)
            found.append(_Piece(item, 1.05 * (end - start)))
        unit = read_granularity(words, start)
        if unit is not None:
            item = Item(ItemKind.GRANULARITY, start, unit.end, words[start].lower, granularity=unit.unit,
                        is_verb=unit.is_adverb)  # fmt: skip
            found.append(_Piece(item, 0.92))
        return found

    def _names(self, words: Sequence[Word], start: int, end: int) -> list[_Piece]:
        edges = {words[start].lower, words[end - 1].lower}
        if any(edge in FUNCTION_WORDS for edge in edges):
            return []
        tables, columns = self._schema.find(words[start:end])
        is_verb = is_verb_form(words[start:end])
        found: list[_Piece] = []
        for kind, candidates in ((ItemKind.TABLE, tables), (ItemKind.COLUMN, columns)):
            if candidates:
                kept = tuple(candidates[:_MOST_CANDIDATES])
                item = Item(kind, start, end, _text(words, start, end), kept, is_verb=is_verb)
                size = sum(word.lower not in FUNCTION_WORDS for word in words[start:end])
                inner = 1.0 if kept[0].score >= _WHOLE_NAME else 0.4
                weight = kept[0].score * size + 0.1 * (end - start - 1) + inner * (end - start - size)
                found.append(_Piece(item, weight))
        return found

    def _begins_name(self, words: Sequence[Word], start: int, end: int) -> bool:
        """Tell whether a common noun begins the name of a column ("star rating"), and so hardly is the value "star"."""
        word = words[start]
        is_common = end - start == 1 and word.text.islower() and not word.is_quoted and word.tag.startswith("NN")
        if not is_common or end >= len(words) or words[end].is_quoted or words[end].lower in FUNCTION_WORDS:
            return False
        columns = self._schema.find(words[start : end + 1])[1]
        return bool(columns) and columns[0].score >= _SOME_NAME

    def _stored(self, words: Sequence[Word], start: int, text: str) -> list[_Piece]:
        if not self._values.may_begin(words[start]):
            return []
        found: list[_Piece] = []
        for end in range(min(start + LONGEST_VALUE, len(words)), start, -1):
            if end - start > 1 and not _may_be_phrase(words[start:end]):
                continue
            spoken = words[start].text if words[start].is_quoted else text[words[start].start : words[end - 1].end]
            if end - start == 1 and not words[start].is_quoted and words[start].lower in FUNCTION_WORDS:
                continue
            candidates = self._values.find(words[start:end], spoken)
            if end - start == 1 and _is_lower_verb(words[start]):
                if not _says_state(words, start):
                    continue
                candidates = [one for one in candidates if self._values.is_short_list(one)]
            if candidates:
                kept = tuple(candidates[:_MOST_CANDIDATES])
                item = Item(ItemKind.VALUE, start, end, spoken, kept, is_verb=is_verb_form(words[start:end]),
                            is_unsure=_is_common_noun(words, start, end, kept[0].value or "")
                            or self._begins_name(words, start, end))  # fmt: skip
                found.append(_Piece(item, kept[0].score * (end - start) + 0.2 * (end - start - 1)))
        return found


def _may_be_phrase(words: Sequence[Word]) -> bool:
    """Tell whether several unquoted words can be a stored value: none is quoted, and no article or mark is outside."""
    first, last = words[0], words[-1]
    is_open = first.text.islower() and first.lower in FUNCTION_WORDS
    marks = {first.lower, last.lower} & {".", ",", "?"}
    return not is_open and not marks and not any(word.is_quoted for word in words)


def _is_common_noun(words: Sequence[Word], start: int, end: int, value: str) -> bool:
    """Tell whether a noun in lower case only happens to be stored ("the products with …", where "Product" is a level).

    It stands alone behind an article, so that it names things; the asker has to confirm that the value is meant.
    """
    word = words[start]
    if end - start > 1 or word.is_quoted or not word.text.islower() or not word.tag.startswith("NN"):
        return False
    before = words[start - 1].lower if start else ""
    after = words[end].tag if end < len(words) else ""
    goes_on = end < len(words) and words[end].lower in ("of", "or")
    is_plural = word.tag == "NNS" and singular(word.lower) != word.lower and value.lower() == singular(word.lower)
    is_head = (before in _BEFORE_THINGS or is_plural) and not goes_on and not after.startswith(("NN", "JJ"))
    return is_head and word.text != value


def _is_lower_verb(word: Word) -> bool:
    """Tell whether it is a verb in lower case, which is a stored value only where few are possible ("cancelled")."""
    return word.tag.startswith("VB") and word.text.islower() and not word.is_quoted


def _says_state(words: Sequence[Word], start: int) -> bool:
    """Tell whether a participle says how things are ("were cancelled", "cancelled orders"), not what was done."""
    before = words[start - 1].lower if start else ""
    after = words[start + 1].tag if start + 1 < len(words) else ""
    return before in BE | {"not", "n't", "never", "been"} or after.startswith("NN")


def _wants_literal(words: Sequence[Word], start: int) -> bool:
    """Tell whether the words before ask for a text ("starting with A"), so that this one is it, whatever it is."""
    if words[start].lower in _TEXT_NOUNS:
        return False
    for begin in range(max(0, start - 5), start):
        operator = read_operator(words, begin)
        if operator is not None and operator[0] == start and operator[1].op is Op.LIKE:
            longer = read_operator(words[: start + 1], begin)
            return longer is not None and longer[0] == start
    return False


def _text(words: Sequence[Word], start: int, end: int) -> str:
    return " ".join(word.text for word in words[start:end])


def _best(pieces: list[list[_Piece]], bias: float) -> tuple[Item, ...]:
    """Return the cutting of the greatest weight; ``bias`` favours names of the schema over words of the language."""
    count = len(pieces)
    best: list[tuple[float, _Piece | None]] = [(0.0, None)] * (count + 1)
    for start in range(count - 1, -1, -1):
        choice: tuple[float, _Piece | None] = (float("-inf"), None)
        for piece in pieces[start]:
            weight = piece.weight + best[piece.item.end][0]
            if piece.item.kind in (ItemKind.TABLE, ItemKind.COLUMN, ItemKind.VALUE):
                weight += bias * (piece.item.end - piece.item.start)
            if weight > choice[0] + 1e-9:
                choice = (weight, piece)
        best[start] = choice
    items: list[Item] = []
    place = 0
    while place < count:
        chosen = best[place][1]
        if chosen is None:
            break
        items.append(_with_rivals(chosen, pieces[place]))
        place = chosen.item.end
    return tuple(items)


def _with_rivals(piece: _Piece, others: list[_Piece]) -> Item:
    """Return the piece's item with the candidates of its rivals over the same words."""
    item = piece.item
    kinds = (ItemKind.TABLE, ItemKind.COLUMN, ItemKind.VALUE)
    if item.kind not in kinds:
        return item
    extra: list[Candidate] = []
    for other in others:
        if other.item.kind in kinds and other.item.kind is not item.kind and other.item.end == item.end:
            extra.extend(other.item.candidates)
    return dataclasses.replace(item, candidates=item.candidates + tuple(extra)) if extra else item
