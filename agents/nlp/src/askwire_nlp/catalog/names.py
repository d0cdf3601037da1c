"""Split names of a schema into words, and bring words to comparable forms."""

from __future__ import annotations

import functools
import re

__all__ = ["forms", "is_match", "plural", "singular", "split_name", "verb_forms"]

_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+")
_GLUED = re.compile(r"([a-z]{1,3})(name|id)$")
_WHOLE = {"paid", "said", "laid", "raid", "maid", "grid", "acid", "guid", "uuid", "aid", "bid", "kid", "lid", "mid",
          "rid", "did", "void"}  # fmt: skip
_IRREGULAR = {
    "people": "person", "persons": "person", "children": "child", "men": "man", "women": "woman", "feet": "foot",
    "teeth": "tooth", "mice": "mouse", "criteria": "criterion", "phenomena": "phenomenon", "wives": "wife",
    "lives": "life", "knives": "knife", "leaves": "leaf", "shelves": "shelf", "halves": "half", "staff": "staff",
    "series": "series", "species": "species", "analyses": "analysis", "indices": "index", "matrices": "matrix",
}  # fmt: skip
_VERBS = {
    "born": "birth", "sold": "sell", "bought": "buy", "paid": "pay", "made": "make", "taught": "teach",
    "written": "write",
    "wrote": "write", "won": "win", "held": "hold", "taken": "take", "took": "take", "gave": "give", "given": "give",
    "led": "lead", "built": "build", "sent": "send", "spent": "spend", "lost": "lose", "met": "meet", "ran": "run",
    "sang": "sing", "sung": "sing", "flew": "fly", "flown": "fly", "drove": "drive", "driven": "drive", "left": "leave",
}  # fmt: skip
_ABBREVIATIONS = {
    "qty": "quantity", "amt": "amount", "num": "number", "no": "number", "nr": "number", "dept": "department",
    "desc": "description", "descr": "description", "addr": "address", "dob": "birth date", "cust": "customer",
    "emp": "employee", "prod": "product", "cat": "category", "tel": "telephone", "yr": "year", "pct": "percent",
    "avg": "average", "max": "maximum", "min": "minimum", "mgr": "manager", "org": "organization", "lang": "language",
    "abbr": "abbreviation", "fname": "first name", "lname": "last name", "pop": "population", "loc": "location",
}  # fmt: skip
_KEPT_IES = {"movies": "movie", "cookies": "cookie", "calories": "calorie", "ties": "tie", "pies": "pie"}


def split_name(name: str) -> tuple[str, ...]:
    """Return the words of an identifier in lower case; abbreviations that have one meaning are written out."""
    words: list[str] = []
    for part in _PARTS.findall(name):
        lower = part.lower()
        glued = _GLUED.match(lower)
        if lower in _ABBREVIATIONS:
            words.extend(_ABBREVIATIONS[lower].split())
        elif glued and lower not in _WHOLE:
            words.extend(glued.groups())
        else:
            words.append(lower)
    return tuple(words)


@functools.lru_cache(maxsize=65536)
def forms(word: str) -> frozenset[str]:
    """Return the word and what it may be the plural of; two words are the same when these sets meet."""
    found = {word}
    if word in _IRREGULAR:
        found.add(_IRREGULAR[word])
    if len(word) <= 3:
        if len(word) == 3 and word.endswith("s") and word not in ("bus", "gas", "yes", "has", "was", "his", "its"):
            found.add(word[:-1])
        return frozenset(found)
    if word.endswith("ies"):
        found.update((word[:-3] + "y", word[:-1]))
    elif word.endswith(("ses", "shes", "ches", "xes", "zes", "oes")):
        found.update((word[:-2], word[:-1]))
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        found.add(word[:-1])
    return frozenset(found)


@functools.lru_cache(maxsize=65536)
def verb_forms(word: str) -> frozenset[str]:
    """Return the verbs and nouns that an inflected verb may come from: "hired" gives hire, "shipping" gives ship."""
    found: set[str] = set()
    if word.endswith("s") and len(word) > 4 and not word.endswith("ss"):
        return verb_forms(word[:-1]) | (
            frozenset({word[:-3] + "y"}) if word.endswith("ies") else frozenset({word[:-1]})
        )
    if word in _VERBS:
        found.add(_VERBS[word])
    if word.endswith("ed") and len(word) > 3:
        found.add(word[:-1])
    for ending in ("ied", "ier", "ed", "ing", "er", "or", "ment"):
        if not word.endswith(ending) or len(word) - len(ending) < 3:
            continue
        stem = word[: -len(ending)]
        found.update((stem + "y",) if ending in ("ied", "ier") else (stem, stem + "e"))
        if len(stem) > 3 and stem[-1] == stem[-2]:
            found.add(stem[:-1])
    return frozenset(found)


def is_match(left: str, right: str) -> bool:
    """Tell whether two words are the same but for number."""
    return left == right or not forms(left).isdisjoint(forms(right))


def singular(word: str) -> str:
    """Return the word for one of what a plural names."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _KEPT_IES:
        return _KEPT_IES[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes", "oes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def plural(word: str) -> str:
    """Return the word for several of what it names; a plural stays as it is."""
    if singular(word) != word or word in _IRREGULAR.values():
        return next((many for many, one in _IRREGULAR.items() if one == word), word)
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s")
