"""Phrases of English that ask for an operation, from "more than" to "in descending order"."""

from __future__ import annotations

from collections.abc import Sequence

from askwire_nlp.linking.items import Op, Operator
from askwire_nlp.words import Word

__all__ = ["read_operator"]

_O = Operator


def _phrases() -> dict[tuple[str, ...], Operator]:
    table: dict[str, Operator] = {}
    for text in ("how many", "number of", "the number of", "total number of", "count of", "count", "counts of",
                 "count the number of", "numbers of", "how many different", "count the total number of",
                 "the total number of",
                 "how many distinct", "the count of", "what number of"):  # fmt: skip
        table[text] = _O(Op.COUNT)
    for text, function in (
        ("average", "avg"), ("avg", "avg"), ("mean", "avg"), ("averages", "avg"), ("total", "sum"), ("sum", "sum"),
        ("sum of", "sum"), ("combined", "sum"), ("maximum", "max"), ("max", "max"), ("minimum", "min"), ("min", "min"),
        ("how much", "sum"), ("total of", "sum"), ("average of", "avg"), ("maximal", "max"), ("minimal", "min"),
    ):  # fmt: skip
        table[text] = _O(Op.AGGREGATE, function)
    _add_comparisons(table)
    _add_superlatives(table)
    _add_operations(table)
    _add_directions(table)
    _add_patterns(table)
    _add_charts(table)
    return {tuple(text.split()): operator for text, operator in table.items()}


def _add_comparisons(table: dict[str, Operator]) -> None:
    for text, comparison in (
        ("more than", ">"), ("greater than", ">"), ("over", ">"), ("above", ">"), ("exceeding", ">"), ("exceed", ">"),
        ("exceeds", ">"), ("higher than", ">"), ("larger than", ">"), ("bigger than", ">"), ("less than", "<"),
        ("fewer than", "<"), ("under", "<"), ("below", "<"), ("lower than", "<"), ("smaller than", "<"),
        ("at least", ">="), ("no less than", ">="), ("not less than", ">="), ("no fewer than", ">="),
        ("a minimum of", ">="), ("at most", "<="), ("no more than", "<="), ("not more than", "<="), ("up to", "<="),
        ("a maximum of", "<="), ("equal to", "="), ("equals", "="), ("exactly", "="), ("not equal to", "<>"),
        ("greater than or equal to", ">="), ("less than or equal to", "<="), (">", ">"), ("<", "<"), (">=", ">="),
        ("<=", "<="), ("=", "="), ("<>", "<>"), ("!=", "<>"), ("more expensive than", ">"), ("in excess of", ">"),
        ("beyond", ">"),
    ):  # fmt: skip
        table[text] = _O(Op.COMPARE, comparison)
    for text, comparison, concept in (
        ("older than", ">", "age"), ("younger than", "<", "age"), ("longer than", ">", "length"),
        ("shorter than", "<", "length"), ("taller than", ">", "height"), ("heavier than", ">", "weight"),
        ("lighter than", "<", "weight"), ("more expensive than", ">", "price"), ("cheaper than", "<", "price"),
        ("less expensive than", "<", "price"), ("faster than", ">", "speed"), ("slower than", "<", "speed"),
        ("costing more than", ">", "price"), ("costing less than", "<", "price"), ("cost more than", ">", "price"),
        ("cost less than", "<", "price"), ("costs more than", ">", "price"), ("costs less than", "<", "price"),
        ("costing over", ">", "price"), ("costing under", "<", "price"), ("cost over", ">", "price"),
        ("cost at least", ">=", "price"), ("cost at most", "<=", "price"), ("priced above", ">", "price"),
        ("priced over", ">", "price"), ("priced below", "<", "price"), ("priced under", "<", "price"),
        ("earn more than", ">", "pay"), ("earn less than", "<", "pay"), ("earning more than", ">", "pay"),
        ("earning less than", "<", "pay"), ("rated above", ">", "rating"), ("rated below", "<", "rating"),
        ("cost under", "<", "price"), ("rated over", ">", "rating"),
    ):  # fmt: skip
        table[text] = _O(Op.COMPARE, comparison, concept)
    for text in ("between", "in between", "ranging from", "in the range of"):
        table[text] = _O(Op.BETWEEN)
    for text, comparison in (("or more", ">="), ("or above", ">="), ("or higher", ">="), ("or greater", ">="),
                             ("or over", ">="), ("or less", "<="), ("or fewer", "<="), ("or below", "<="),
                             ("or lower", "<="), ("or older", ">="), ("or younger", "<=")):  # fmt: skip
        table[text] = _O(Op.MORE_OR_LESS, comparison)


def _add_superlatives(table: dict[str, Operator]) -> None:
    for text, direction, concept in (
        ("most", "max", ""), ("the most", "max", ""), ("highest", "max", ""), ("greatest", "max", ""),
        ("largest", "max", ""), ("biggest", "max", ""), ("least", "min", ""), ("fewest", "min", ""),
        ("lowest", "min", ""), ("smallest", "min", ""), ("top", "max", ""), ("bottom", "min", ""),
        ("most expensive", "max", "price"), ("least expensive", "min", "price"), ("cheapest", "min", "price"),
        ("priciest", "max", "price"), ("costliest", "max", "price"), ("dearest", "max", "price"),
        ("oldest", "max", "age"), ("youngest", "min", "age"), ("latest", "max", "date"), ("newest", "max", "date"),
        ("most recent", "max", "date"), ("most recently", "max", "date"), ("earliest", "min", "date"),
        ("longest", "max", "length"), ("shortest", "min", "length"), ("tallest", "max", "height"),
        ("heaviest", "max", "weight"), ("lightest", "min", "weight"), ("fastest", "max", "speed"),
        ("slowest", "min", "speed"), ("best paid", "max", "pay"), ("highest paid", "max", "pay"),
        ("lowest paid", "min", "pay"), ("best rated", "max", "rating"), ("worst rated", "min", "rating"),
        ("highest rated", "max", "rating"), ("lowest rated", "min", "rating"), ("top rated", "max", "rating"),
        ("maximum", "max", ""), ("minimum", "min", ""), ("least recent", "min", "date"), ("last", "max", "date"),
        ("first", "min", "date"),
    ):  # fmt: skip
        table[text] = _O(Op.SUPERLATIVE, direction, concept)
    for text, direction in (("most common", "max"), ("most frequent", "max"), ("most popular", "max"),
                            ("least common", "min"), ("least popular", "min"), ("least frequent", "min"),
                            ("most frequently", "max"), ("most often", "max"), ("most commonly", "max")):  # fmt: skip
        table[text] = _O(Op.COMMON, direction)


def _add_operations(table: dict[str, Operator]) -> None:
    operations: tuple[tuple[Op, tuple[str, ...]], ...] = (
        (Op.NOT, ("not", "n't", "n’t", "never", "excluding", "except", "except for", "other than", "but not",
                  "apart from", "isn't", "aren't", "not yet", "has never", "not in", "different from")),
        (Op.WITHOUT, ("without", "no", "without any", "lacking", "lack", "none", "do not have", "does not have",
                      "do n't have", "does n't have", "did not have", "do not have any", "does not have any",
                      "have no", "has no", "had no", "with no", "not have any", "not have", "have not had any")),
        (Op.EACH, ("per", "for each", "for every", "each", "every", "of each", "in each", "by each", "from each",
                   "for different", "of different",
                   "across different", "for all different", "at each", "to each", "of every", "in every",
                   "for each of the", "each of the",
                   "grouped by", "group by", "broken down by", "split by", "with each")),
        (Op.BY, ("by",)),
        (Op.SORT, ("sorted by", "ordered by", "order by", "sort by", "in the order of", "in order of", "ranked by",
                   "sort them by", "order them by", "and sort by", "sort the results by", "sort the list by",
                   "sorted in order of", "listed by", "arranged by", "order the results by", "sorted",
                   "sort the result by")),
        (Op.DISTINCT, ("distinct", "different", "unique", "various")),
        (Op.MISSING, ("missing", "null", "unknown", "empty", "blank", "unspecified", "not known", "not specified",
                      "not available", "not set", "not given", "not recorded")),
        (Op.OR, ("or",)),
        (Op.BOTH, ("both",)),
    )  # fmt: skip
    for op, texts in operations:
        for text in texts:
            table[text] = _O(op)


def _add_directions(table: dict[str, Operator]) -> None:
    directions: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("asc", ("ascending", "increasing", "in ascending order", "in increasing order", "in ascending order of",
                 "in increasing order of", "ascendingly", "alphabetically", "in alphabetical order",
                 "in alphabetical order of", "in ascending alphabetical order", "in ascending alphabetical order of",
                 "from lowest to highest", "from low to high", "in lexicographical order", "lowest first",
                 "from oldest to newest", "from smallest to largest", "oldest first", "alphabetical order",
                 "from the lowest to the highest", "in ascending order by", "cheapest first", "from a to z",
                 "ascending order of", "earliest first", "in alphabetic order", "from least to most")),
        ("desc", ("descending", "decreasing", "in descending order", "in decreasing order", "in descending order of",
                  "in decreasing order of", "descendingly", "from highest to lowest", "from high to low",
                  "in reverse order of", "in descending alphabetical order", "in descending alphabetical order of",
                  "highest first", "from largest to smallest", "from newest to oldest", "newest first",
                  "from the highest to the lowest", "in descending order by", "latest first", "largest first",
                  "descending order of", "most recent first", "most expensive first", "from most to least",
                  "in reverse alphabetical order", "biggest first")),
    )  # fmt: skip
    for direction, texts in directions:
        for text in texts:
            table[text] = _O(Op.DIRECTION, direction)
    for phrase, operator in list(table.items()):
        if operator.op is Op.DIRECTION:
            for verb in ("sorted", "ordered", "listed", "ranked", "arranged", "sort them", "order them"):
                for ending in ("", " by", " of"):
                    table.setdefault(f"{verb} {phrase}{ending}", operator)


def _add_patterns(table: dict[str, Operator]) -> None:
    kinds: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("prefix", ("starting with", "starts with", "start with", "begins with", "begin with", "beginning with",
                    "started with", "starting with the letter", "starts with the letter", "start with the letter",
                    "begins with the letter", "begin with the letter", "beginning with the letter")),
        ("suffix", ("ending with", "ends with", "end with", "ending in", "ends in", "end in",
                    "ends with the letter", "ending with the letter", "end with the letter")),
        ("part", ("containing", "contains", "contain", "containing the word", "contains the word", "contain the word",
                  "including the word", "includes the word", "with substring", "contains the substring",
                  "has the substring", "have the substring", "containing substring", "includes the substring",
                  "with the substring", "with the word", "has the word", "have the word", "contains the letter",
                  "containing the letter", "contain the letter", "include the word", "contain the substring",
                  "contains the string", "contains substring", "have substring", "has substring",
                  "includes substring", "contain substring", "include the substring",
                  "contains the text", "including the text")),
    )  # fmt: skip
    for kind, texts in kinds:
        for text in texts:
            table[text] = _O(Op.LIKE, kind)


def _add_charts(table: dict[str, Operator]) -> None:
    names = {"bar": "bar", "horizontal bar": "horizontal_bar", "line": "line", "pie": "pie", "scatter": "scatter",
             "stacked bar": "stacked_bar", "grouped bar": "grouped_bar", "histogram": "histogram", "column": "bar",
             "table": "table", "multi line": "multi_line", "scatter plot": "scatter"}  # fmt: skip
    for name, chart in names.items():
        for before in ("as a", "in a", "using a", "with a", "on a", "as"):
            for after in (" chart", " graph", " plot", " diagram"):
                table[f"{before} {name}{after}"] = _O(Op.CHART, chart)
            table[f"{before} {name}"] = _O(Op.CHART, chart)
        table[f"{name} chart of"] = _O(Op.CHART, chart)
        table[f"{name} chart"] = _O(Op.CHART, chart)
        table[f"a {name} chart of"] = _O(Op.CHART, chart)


_PHRASES = _phrases()
_LONGEST = max(len(phrase) for phrase in _PHRASES)


def _is_part_of_noun(words: Sequence[Word], start: int) -> bool:
    """Tell whether "numbers of" goes on from a noun, as in "the phone numbers of" and "the page count of"."""
    return start > 0 and words[start].lower.startswith(("number", "count")) and words[start - 1].tag in ("NN", "NNP")


def _is_number(words: Sequence[Word], place: int) -> bool:
    """Tell whether a number follows, so that "or below" begins another condition."""
    return place < len(words) and (words[place].tag == "CD" or words[place].lower == "than")


def read_operator(words: Sequence[Word], start: int) -> tuple[int, Operator] | None:
    """Return (end, operator) of the longest phrase that begins at ``start``."""
    for length in range(min(_LONGEST, len(words) - start), 0, -1):
        taken = words[start : start + length]
        if any(word.is_quoted for word in taken):
            continue
        operator = _PHRASES.get(tuple(word.lower for word in taken))
        if operator is not None and operator.op is Op.COUNT and _is_part_of_noun(words, start):
            continue
        if operator is not None and operator.op is Op.MORE_OR_LESS and _is_number(words, start + length):
            continue
        if operator is not None:
            return start + length, operator
    return None
