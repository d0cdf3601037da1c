"""Bring a few turns of English into the order in which the rest reads them; no word is lost or guessed.

"A higher price than 70" becomes "a price higher than 70", "at least 32 years old" becomes "age at least 32", "twice"
after a comparison becomes "2 times".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from askwire_nlp.words import Word

__all__ = ["reword"]

_COMPARATIVES = {"higher", "greater", "larger", "bigger", "lower", "smaller"}
_BEFORE_NUMBER = {"at", "least", "most", "more", "less", "than", "over", "under", "above", "below", "exactly", "older",
                  "younger"}  # fmt: skip
_TIMES = {"once": "1", "twice": "2", "thrice": "3"}
_FARTHEST = 4


def reword(words: Sequence[Word]) -> tuple[Word, ...]:
    """Return the words in the order in which they are read."""
    found = list(words)
    steps: tuple[Callable[[list[Word]], list[Word]], ...] = (
        _behind_noun,
        _years_old,
        _how_old,
        _times,
        _both_years,
        _sort,
    )
    for step in steps:
        found = step(found)
    return tuple(found)


def _like(word: Word, text: str, tag: str) -> Word:
    return dataclasses.replace(word, text=text, lower=text, lemma=text, tag=tag, is_quoted=False)


def _behind_noun(words: list[Word]) -> list[Word]:
    """Move the comparative in "a higher price than" behind what is compared."""
    for place, word in enumerate(words):
        if word.lower not in _COMPARATIVES or word.is_quoted:
            continue
        for than in range(place + 2, min(place + _FARTHEST, len(words) - 1)):
            if words[than].lower == "than":
                return [*words[:place], *words[place + 1 : than], word, *words[than:]]
    return words


def _years_old(words: list[Word]) -> list[Word]:
    """Name the age in "at least 32 years old"."""
    for place in range(2, len(words)):
        if words[place].lower != "old" or words[place - 1].lower not in ("years", "year"):
            continue
        start = place - 2
        if words[start].tag != "CD":
            return words
        while start and words[start - 1].lower in _BEFORE_NUMBER:
            start -= 1
        begin = words[start - 1].lower if start else ""
        number = [word for word in words[start : place - 1] if word.lower != "older"]
        if begin in ("is", "are", "was", "were"):
            start -= 1
        return [*words[:start], _like(words[place], "whose", "WP$"), _like(words[place], "age", "NN"),
                _like(words[place], "is", "VBZ"), *number, *words[place + 1 :]]  # fmt: skip
    return words


def _how_old(words: list[Word]) -> list[Word]:
    """Read "how old is" as "what is the age of"."""
    if len(words) > 3 and [words[0].lower, words[1].lower] == ["how", "old"] and words[2].lower in ("is", "are"):
        texts = (("what", "WP"), ("is", "VBZ"), ("the", "DT"), ("age", "NN"), ("of", "IN"))
        return [*(_like(words[1], text, tag) for text, tag in texts), *words[3:]]
    return words


def _times(words: list[Word]) -> list[Word]:
    """Read "more than once" as "more than 1 times"."""
    found: list[Word] = []
    for place, word in enumerate(words):
        before = words[place - 1].lower if place else ""
        if word.lower in _TIMES and not word.is_quoted and before in ("than", "least", "most", "exactly"):
            found += [_like(word, _TIMES[word.lower], "CD"), _like(word, "times", "NNS")]
        else:
            found.append(word)
    return found


def _both_years(words: list[Word]) -> list[Word]:
    """Read "in both 2010 and 2011" as "both in 2010 and in 2011"."""
    for place, word in enumerate(words):
        if word.lower != "both" or word.is_quoted:
            continue
        start = place - 1 if place and words[place - 1].lower in ("in", "during", "for") else place
        rest = [one for one in words[place + 1 :] if one.lower not in ("year", "years", "the", "in", "both")]
        texts = [one.lower for one in rest[:3]]
        if len(texts) < 3 or texts[1] != "and" or not all(_is_year(one) for one in (texts[0], texts[2])):
            return words
        begin = _like(word, "in", "IN")
        used = next(index for index in range(place + 1, len(words)) if words[index] is rest[2])
        return [*words[:start], word, begin, rest[0], rest[1], begin, rest[2], *words[used + 1 :]]
    return words


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isdigit() and text[0] in "12"


def _sort(words: list[Word]) -> list[Word]:
    """Move the order in "Sort the names in ascending order of age" behind what is sorted: "names in ascending …"."""
    for place, word in enumerate(words):
        starts = place == 0 or words[place - 1].lower in (".", "and", ",", "please")
        if word.lower not in ("sort", "order", "rank") or not starts or word.is_quoted:
            continue
        rest = words[place + 1 :]
        following = [one.lower for one in rest[:3]]
        if following[:1] == ["by"] or not any(one.lower in ("order", "by", "alphabetically") for one in rest):
            continue
        if following[:1] == ["the"] and following[1:2] in (["result"], ["results"], ["list"]) and (
            following[2:3] in (["in"], ["by"])
        ):  # fmt: skip
            rest = rest[2:]
        elif following[:1] in (["them"], ["results"], ["it"]):
            rest = rest[1:]
        elif place:
            continue
        start = _like(word, "sorted", "VBN") if rest[0].lower == "by" else _like(word, "list", "VB")
        return [*words[:place], start, *rest]
    return words
