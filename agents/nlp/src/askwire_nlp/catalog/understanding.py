"""Make a catalog ready for linking: words, kinds, keys, labels, references and computed amounts."""

from __future__ import annotations

import dataclasses
import re

from askwire_nlp.catalog.kinds import is_numeric_text, kind_of, true_value
from askwire_nlp.catalog.model import Edge, Formula, Kind, KnownCatalog, KnownColumn, KnownTable
from askwire_nlp.catalog.names import forms, is_match, split_name, verb_forms
from askwire_protocol.messages.catalog import Catalog, Column, Table

__all__ = ["NO_EVENTS", "understand"]

_TABLE_PREFIXES = {"tbl", "tb", "dim", "fact", "ref", "t", "vw", "v"}
_COMMENT_WORDS = 12
_NEXT_CLAUSE = re.compile(r"[;.,:()]|\s(?:that|which|who|where|when|while|if|unless|because|or|but)\s", re.IGNORECASE)
NO_EVENTS = {"birth", "birthday", "birthdate", "born", "death", "due", "required", "expected", "expiry", "expires"}
"""Dates that nobody means without naming them."""
_PRICES = {"price", "cost"}
_DISCOUNTS = {"discount"}


def understand(catalog: Catalog) -> KnownCatalog:
    """Return what is known of the catalog; the same catalog always gives the same."""
    places = {(table.schema, table.name): index for index, table in enumerate(catalog.tables)}
    common = _common_prefix(catalog.tables)
    tables = tuple(_understand_table(index, table, common) for index, table in enumerate(catalog.tables))
    return KnownCatalog(catalog.version, tables, _edges(catalog.tables, places))


def _common_prefix(tables: tuple[Table, ...]) -> str | None:
    """Return the first word that every table's name begins with, if any."""
    firsts = {split_name(table.name)[:1] for table in tables}
    shared = len(tables) > 2 and len(firsts) == 1 and all(len(split_name(table.name)) > 1 for table in tables)
    return next(iter(firsts))[0] if shared else None


def _edges(source: tuple[Table, ...], places: dict[tuple[str, str], int]) -> tuple[Edge, ...]:
    found: list[Edge] = []
    for owner, table in enumerate(source):
        for key in table.foreign_keys:
            target = places.get((key.schema, key.table))
            if target is None:
                continue
            role = [word for name in key.columns for word in split_name(name) if word not in ("id", "code", "key")]
            found.append(Edge(len(found), owner, key.columns, target, key.referenced_columns, tuple(role)))
    return tuple(found)


def _understand_table(index: int, table: Table, common: str | None) -> KnownTable:
    words = split_name(table.name)
    if len(words) > 1 and (words[0] == common or words[0] in _TABLE_PREFIXES):
        words = words[1:]
    words = words or (table.name.lower(),)
    key = table.primary_key or _guessed_key(table, words)
    references = {name for foreign in table.foreign_keys for name in foreign.columns}
    columns = [_understand_column(index, column, words, key, references, _shared_prefix(table))
               for column in table.columns]  # fmt: skip
    amount = _amount(index, columns)
    plain = tuple(columns)
    own = [column for column in plain if not column.is_reference and column.kind is not Kind.ID]
    is_link = len(table.foreign_keys) >= 2 and len(own) <= 1 and all(column.kind is Kind.DATE for column in own)
    return KnownTable(
        index=index,
        table=table,
        words=words,
        columns=(*plain, amount) if amount else plain,
        key=key,
        label=_label(plain, words, table.rows),
        is_link=is_link,
        main_date=_main_date(plain, words),
        comment_words=_comment_words(table.comment),
    )


def _shared_prefix(table: Table) -> str | None:
    """Return the word that all columns of the table begin with ("emp" in emp_name, emp_age), if any."""
    names = [split_name(column.name) for column in table.columns]
    firsts = {name[:1] for name in names}
    shared = len(names) > 2 and len(firsts) == 1 and all(len(name) > 1 for name in names)
    return next(iter(firsts))[0] if shared else None


def _understand_column(
    table: int,
    column: Column,
    table_words: tuple[str, ...],
    key: tuple[str, ...],
    references: set[str],
    prefix: str | None,
) -> KnownColumn:
    words = tuple(word for word in split_name(column.name) if word not in ("of", "the")) or (column.name.lower(),)
    is_key, is_reference = column.name in key, column.name in references
    kind = kind_of(column, words, is_key=is_key and len(key) == 1, is_reference=is_reference)
    return KnownColumn(
        table=table,
        name=column.name,
        words=words,
        short=_short(words, table_words, prefix),
        kind=kind,
        column=column,
        is_key=is_key,
        is_reference=is_reference,
        is_numeric_text=kind is Kind.NUMBER and is_numeric_text(column),
        true_value=true_value(column) if kind is Kind.FLAG else None,
        comment_words=_comment_words(column.comment),
    )


def _short(words: tuple[str, ...], table_words: tuple[str, ...], prefix: str | None) -> tuple[str, ...]:
    count = len(table_words)
    if len(words) > count and all(is_match(*pair) for pair in zip(words, table_words, strict=False)):
        return words[count:]
    if len(words) == 1 and len(table_words) == 1:
        for form in sorted(forms(table_words[0]), key=len, reverse=True):
            if words[0].startswith(form) and len(words[0]) - len(form) >= 2:
                return split_name(words[0][len(form) :])
    if len(words) > 1 and (words[0] == prefix or is_match(words[0], table_words[-1])):
        return words[1:]
    return words


def _guessed_key(table: Table, words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the column that must be the key by its name where none is declared."""
    if table.unique_keys:
        return table.unique_keys[0]
    for column in table.columns[:2]:
        name = split_name(column.name)
        is_named_so = name == ("id",) or (len(name) > 1 and name[-1] == "id" and is_match(name[0], words[0]))
        if is_named_so and (table.rows is None or column.distinct is None or column.distinct >= table.rows):
            return (column.name,)
    return ()


def _label(columns: tuple[KnownColumn, ...], table_words: tuple[str, ...], rows: int | None) -> tuple[str, ...]:
    """Return the columns that name a row; a person's name may be two columns."""
    texts = [item for item in columns if item.kind is Kind.TEXT]
    by_short = {item.short: item.name for item in reversed(texts)}
    for wanted in (("name",), ("full", "name"), ("fullname",)):
        if wanted in by_short:
            return (by_short[wanted],)
    first = by_short.get(("first", "name")) or by_short.get(("given", "name")) or by_short.get(("forename",))
    last = by_short.get(("last", "name")) or by_short.get(("family", "name")) or by_short.get(("surname",))
    if first and last:
        return (first, last)
    if ("title",) in by_short:
        return (by_short[("title",)],)
    for item in texts:
        if not _tells_apart(item, rows):
            continue
        if item.short[-1] == "name" or (len(item.short) == 1 and is_match(item.short[0], table_words[-1])):
            return (item.name,)
    others = [item for item in texts if item.short[-1] in ("description", "label", "title")]
    free = [item for item in columns if not item.is_key and not item.is_reference]
    return (others[0].name,) if others and len(free) <= 2 else ()


def _tells_apart(column: KnownColumn, rows: int | None) -> bool:
    """Tell whether most rows have a value of their own, as far as that is known."""
    distinct = column.column.distinct
    return not rows or distinct is None or distinct * 2 >= rows


def _main_date(columns: tuple[KnownColumn, ...], table_words: tuple[str, ...]) -> str | None:
    """Return the date that an event of this table is dated by, where that is beyond doubt."""
    dates = [item for item in columns if item.kind is Kind.DATE and not NO_EVENTS & set(item.words)]
    if len(dates) == 1:
        return dates[0].name
    for item in dates:
        own = [word for word in item.words if word not in ("date", "time", "at", "on", "timestamp", "datetime")]
        if not own or (len(own) == 1 and any(_is_event_of(own[0], word) for word in table_words)):
            return item.name
    for item in dates:
        if item.words in (("created", "at"), ("created",), ("creation", "date"), ("created", "on")):
            return item.name
    return None


def _is_event_of(word: str, table_word: str) -> bool:
    """Tell whether "ordered" or "order" says that the table's own event happened."""
    return is_match(word, table_word) or not forms(table_word).isdisjoint(verb_forms(word))


def _amount(table: int, columns: list[KnownColumn]) -> KnownColumn | None:
    """Return the amount of a row that has exactly one quantity and one price, less its discount's rate."""
    if not any(item.is_reference for item in columns):
        return None
    numbers = [item for item in columns if item.is_measure and not item.is_numeric_text]
    quantities = [item for item in numbers if item.short[-1] == "quantity"]
    prices = [item for item in numbers if _PRICES & set(item.short) and item.short[-1] in (*_PRICES, "each")]
    discounts = [item for item in numbers if _DISCOUNTS & set(item.short)]
    if len(quantities) != 1 or len(prices) != 1 or len(discounts) > 1:
        return None
    said = _price_is_discounted(prices[0]) if discounts else None
    if said is True:
        discounts = []
    elif said is None and discounts and "discount" in prices[0].comment_words:
        return None
    is_percent = bool(discounts) and bool({"percent", "percentage"} & set(discounts[0].words))
    if discounts and not _is_between(discounts[0], 100 if is_percent else 1):
        return None
    discount = discounts[0].name if discounts else None
    formula = Formula(quantities[0].name, prices[0].name, discount, is_percent)
    return dataclasses.replace(
        prices[0], table=table, name="amount", words=("sales",), short=("sales",), kind=Kind.MONEY, formula=formula,
        comment_words=(),
    )  # fmt: skip


def _price_is_discounted(column: KnownColumn) -> bool | None:
    """Return what the price's comment says of the discount: taken off already, not yet, or (None) nothing clear."""
    words = column.comment_words
    for place, word in enumerate(words):
        if word in ("discount", "discounts"):
            before = words[max(0, place - 3) : place]
            if {"after", "less", "minus"} & set(before):
                return True
            if {"before", "without"} & set(before):
                return False
        if word in ("discounted", "net"):
            return True
    return None


def _is_between(column: KnownColumn, most: int) -> bool:
    try:
        return float(column.column.minimum or 0) >= 0 and float(column.column.maximum or 1) <= most
    except ValueError:
        return False


def _comment_words(comment: str | None) -> tuple[str, ...]:
    """Return the words that say what a thing is: those before the first clause that only tells about it."""
    if not comment:
        return ()
    return split_name(_NEXT_CLAUSE.split(comment, maxsplit=1)[0])[:_COMMENT_WORDS]
