"""Cut a question into words, with spaCy's tokens and tags as evidence."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["Word", "clean", "read_words"]

_QUOTED = re.compile(r"""["“”]([^"“”]{1,200})["“”]|(?<![\w])['‘]([^'‘’]{1,200})['’](?![\w])""")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_SPACE = re.compile(r"\s+")
_GLUED = re.compile(r"_|(?<=[a-z])(?=[A-Z])")
_STOPS = {"?", "!", ".", ";"}
_DROPPED = {":", "-", "–", "—", "'", '"', "`", "``", "''", "(", ")", "…"}


@dataclasses.dataclass(frozen=True, slots=True)
class Word:
    """One word, number or mark; ``is_quoted`` for a whole quoted text."""

    text: str
    lower: str
    lemma: str
    tag: str
    start: int
    end: int
    is_quoted: bool = False


def clean(question: str) -> str:
    """Return the question without control characters and with single spaces."""
    return _SPACE.sub(" ", _CONTROL.sub(" ", question)).strip()


def read_words(text: str, nlp: Language) -> tuple[Word, ...]:
    """Return the words of a cleaned question; a quoted text is one word, marks without meaning are left out."""
    quotes = [(match.start(), match.end(), match.group(1) or match.group(2)) for match in _QUOTED.finditer(text)]
    words: list[Word] = []
    pending = list(quotes)
    for token in nlp(text):
        start, end = token.idx, token.idx + len(token.text)
        while pending and start >= pending[0][0]:
            words.append(_quoted(*pending.pop(0)))
        if any(first < end and start < last for first, last, _ in quotes):
            continue
        if token.text in _STOPS:
            words.append(Word(".", ".", ".", ".", start, end))
        elif token.text.strip() and token.text not in _DROPPED:
            words.extend(_split(token.text, token.lemma_.lower(), token.tag_, start))
    words.extend(_quoted(*item) for item in pending)
    while words and words[-1].lower == ".":
        words.pop()
    return _spell_out(_mend(words))


def _mend(words: list[Word]) -> list[Word]:
    """Put "id" together again, which the tokenizer takes for "I'd"."""
    mended: list[Word] = []
    for word in words:
        last = mended[-1] if mended else None
        if last is not None and last.end == word.start and last.lower == "i" and word.lower == "d":
            mended[-1] = Word(last.text + word.text, "id", "id", "NN", last.start, word.end)
        else:
            mended.append(word)
    return mended


def _spell_out(words: list[Word]) -> tuple[Word, ...]:
    """Return "first name and last name" for "first and last name"."""
    out: list[Word] = []
    for place, word in enumerate(words):
        out.append(word)
        later = [one.lower for one in words[place + 1 : place + 4]]
        is_half = word.lower in ("first", "last") and len(later) == 3 and later[0] in ("and", "&", "or")
        if is_half and later[1] in ("first", "last", "family") and later[2] in ("name", "names"):
            out.append(words[place + 3])
    return tuple(out)


def _quoted(start: int, end: int, content: str) -> Word:
    stripped = content.strip()
    return Word(stripped, stripped.lower(), stripped.lower(), "NNP", start, end, is_quoted=True)


def _split(text: str, lemma: str, tag: str, start: int) -> list[Word]:
    """Return one word, or the parts of an identifier such as unit_price or unitPrice."""
    parts = [part for part in _GLUED.split(text) if part]
    if len(parts) < 2:
        return [Word(text, text.lower(), lemma, tag, start, start + len(text))]
    return [Word(part, part.lower(), part.lower(), tag, start, start + len(text)) for part in parts]
