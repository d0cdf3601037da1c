"""General English: words without content, synonyms, and what adjectives measure.

Everything here holds for any database; no word is here for the sake of one.
"""

from __future__ import annotations

__all__ = ["ARTICLES", "BE", "CONCEPTS", "FUNCTION_WORDS", "HAVE", "LIGHT_VERBS", "SALES", "SYNONYMS", "TRADE_TABLES"]

ARTICLES = frozenset({"the", "a", "an", "all", "any", "our", "their", "its", "his", "her", "these", "those", "such",
                      "them", "it", "they", "we", "us", "me", "i", "you", "your", "my", "some", "own",
                      "'s", "’s", "'", "’"})  # fmt: skip
BE = frozenset({"is", "are", "was", "were", "be", "been", "being", "am", "'re", "'m"})
HAVE = frozenset({"have", "has", "had", "having", "do", "does", "did", "can", "could", "will", "would", "'ve"})
_QUESTION = frozenset({
    "show", "list", "give", "find", "what", "which", "who", "whom", "whose", "where", "when", "how", "tell", "display",
    "return", "get", "see", "want", "like", "please", "there", "that", "name", "named", "called", "present", "provide",
    "retrieve", "fetch", "know", "need", "let", "out", "print", "identify", "'d", "let's",
})  # fmt: skip
_JOINTS = frozenset({
    "of", "in", "on", "at", "for", "from", "to", "with", "into", "within", "along", "together", "as", "well", "also",
    "among", "across", "about", "through", "during", "under", "and", ",", "&", "then", "when", "so",
    "exist", "exists", "existing", "available", "ever", "each", "respectively", "corresponding", "associated",
    "respective", "one", "ones", "belonging", "only", "overall", "record", "records", "database", "by", "via",
    "same", "but", "whole", "entire", "either", ".", "compute", "calculate", "determine", "report", "select", "return",
})  # fmt: skip
FUNCTION_WORDS = ARTICLES | BE | HAVE | (_QUESTION - {"name", "like"}) | (_JOINTS - {"under", "same"})

LIGHT_VERBS = frozenset({
    "have", "make", "place", "belong", "come", "live", "work", "contain", "include", "get", "receive", "relate",
    "associate", "own", "hold", "consist", "locate", "base", "situate", "register", "list", "describe", "exist",
    "offer", "provide", "possess", "use", "involve", "appear", "occur", "happen", "take", "assign", "found", "give",
    "store", "record", "keep", "see", "generate", "do", "handle", "process", "bring", "represent", "reside", "feature",
})  # fmt: skip
"""Verbs that say no more than that two things are related; the foreign keys say how."""

TRADE_TABLES = frozenset({"order", "sale", "purchase", "invoice", "transaction", "booking", "rental"})
TRADE_VERBS = frozenset({"buy", "purchase", "order", "sell"})
SALES = frozenset({"sales", "revenue", "turnover"})

_GROUPS = (
    ("customer", "client", "buyer"),
    ("employee", "worker", "staff"),
    ("price", "cost"),
    ("phone", "telephone"),
    ("email", "mail"),
    ("country", "nation"),
    ("city", "town"),
    ("salary", "wage", "pay"),
    ("zip", "postal", "postcode"),
    ("supplier", "vendor"),
    ("film", "movie"),
    ("song", "track"),
    ("gender", "sex"),
    ("stock", "inventory"),
    ("invoice", "bill"),
    ("photo", "picture", "image"),
    ("manager", "boss"),
    ("doctor", "physician"),
    ("car", "automobile"),
    ("author", "writer"),
    ("birthday", "birthdate"),
    ("surname", "lastname"),
    ("teacher", "instructor"),
    ("pupil", "student"),
    ("id", "identifier"),
    ("quantity", "units"),
    ("length", "duration"),
    ("company", "firm"),
    ("review", "rating"),
    ("total", "amount"),
)
SYNONYMS: dict[str, frozenset[str]] = {
    word: frozenset(other for group in _GROUPS if word in group for other in group if other != word)
    for group in _GROUPS
    for word in group
}

CONCEPTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "price": (("price",), ("cost",), ("fee",), ("rate",)),
    "age": (("age",), ("birth", "date"), ("birthday",), ("birthdate",), ("birth", "year"), ("year", "of", "birth")),
    "date": (("date",), ("year",)),
    "length": (("length",), ("duration",), ("distance",), ("runtime",), ("milliseconds",), ("seconds",), ("minutes",)),
    "height": (("height",), ("elevation",), ("altitude",)),
    "weight": (("weight",),),
    "size": (("size",), ("area",), ("population",), ("capacity",)),
    "speed": (("speed",),),
    "pay": (("salary",), ("wage",), ("pay",), ("income",)),
    "rating": (("rating",), ("score",), ("stars",)),
}
"""What an adjective measures → the names of columns that hold it, the first the best."""
