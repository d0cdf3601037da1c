"""Write a plan as PostgreSQL, through a sqlglot tree; the same plan always gives the same text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlglot import expressions as exp

from askwire_nlp import plan as p

__all__ = ["write"]

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*$")
_RESERVED = frozenset(
    [
        "all",
        "analyse",
        "analyze",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "asymmetric",
        "authorization",
        "between",
        "bigint",
        "binary",
        "bit",
        "boolean",
        "both",
        "case",
        "cast",
        "char",
        "character",
        "check",
        "coalesce",
        "collate",
        "collation",
        "column",
        "concurrently",
        "constraint",
        "create",
        "cross",
        "current_catalog",
        "current_date",
        "current_role",
        "current_schema",
        "current_time",
        "current_timestamp",
        "current_user",
        "date",
        "dec",
        "decimal",
        "default",
        "deferrable",
        "desc",
        "distinct",
        "do",
        "else",
        "end",
        "except",
        "exists",
        "extract",
        "false",
        "fetch",
        "float",
        "for",
        "foreign",
        "freeze",
        "from",
        "full",
        "grant",
        "greatest",
        "group",
        "having",
        "ilike",
        "in",
        "initially",
        "inner",
        "inout",
        "int",
        "integer",
        "intersect",
        "interval",
        "into",
        "is",
        "isnull",
        "join",
        "lateral",
        "leading",
        "least",
        "left",
        "like",
        "limit",
        "localtime",
        "localtimestamp",
        "national",
        "natural",
        "nchar",
        "none",
        "normalize",
        "not",
        "notnull",
        "null",
        "nullif",
        "numeric",
        "offset",
        "on",
        "only",
        "or",
        "order",
        "out",
        "outer",
        "overlaps",
        "overlay",
        "placing",
        "position",
        "precision",
        "primary",
        "real",
        "references",
        "returning",
        "right",
        "row",
        "select",
        "session_user",
        "setof",
        "similar",
        "smallint",
        "some",
        "substring",
        "symmetric",
        "system_user",
        "table",
        "tablesample",
        "text",
        "then",
        "time",
        "timestamp",
        "to",
        "trailing",
        "treat",
        "trim",
        "true",
        "union",
        "unique",
        "user",
        "using",
        "values",
        "varchar",
        "variadic",
        "verbose",
        "when",
        "where",
        "window",
        "with",
        "year",
        "month",
        "day",
        "value",
        "name",
        "type",
    ]
) - {"value", "name", "type", "text"}
_AGGREGATES = {"sum": exp.Sum, "avg": exp.Avg, "min": exp.Min, "max": exp.Max}
_COMPARISONS = {">": exp.GT, ">=": exp.GTE, "<": exp.LT, "<=": exp.LTE, "=": exp.EQ, "<>": exp.NEQ}


def write(plan: p.Plan) -> str:
    """Return the SQL of a plan, on several lines."""
    return _select(plan).sql(dialect="postgres", pretty=True)


def _select(plan: p.Plan) -> exp.Select:
    query = exp.Select(expressions=[exp.alias_(_expression(one.expression), _name(one.name)) for one in plan.outputs])
    query = query.from_(_table(plan.source), copy=False)
    if plan.is_distinct:
        query = query.distinct(copy=False)
    _add_joins(query, plan.joins)
    _add_where(query, plan.where)
    if plan.groups:
        query = query.group_by(*(_expression(one) for one in plan.groups), copy=False)
    for condition in plan.having:
        query = query.having(_condition(condition), copy=False)
    if plan.order:
        query = query.order_by(*(_sort(one) for one in plan.order), copy=False)
    if plan.limit is not None:
        count = exp.Literal.number(plan.limit)
        options = exp.LimitOptions(rows=True, with_ties=True)
        query.set("limit", exp.Fetch(direction="FIRST", count=count, limit_options=options))
    return query


def _sort(key: p.Sort) -> exp.Ordered:
    return exp.Ordered(this=_expression(key.expression), desc=key.is_descending, nulls_first=False)


def _add_joins(query: exp.Select, joins: Iterable[p.Join]) -> None:
    for join in joins:
        query.join(_table(join.source), on=_all(_equal(*pair) for pair in join.pairs), join_type="inner", copy=False)


def _add_where(query: exp.Select, conditions: Iterable[p.Condition]) -> None:
    for condition in conditions:
        query.where(_condition(condition), copy=False)


def _name(text: str) -> exp.Identifier:
    quoted = not _PLAIN_NAME.match(text) or text in _RESERVED
    return exp.Identifier(this=text, quoted=quoted)


def _table(source: p.Source) -> exp.Table:
    table = exp.Table(this=_name(source.table), db=_name(source.schema))
    if source.alias != source.table:
        table.set("alias", exp.TableAlias(this=_name(source.alias)))
    return table


def _column(column: p.ColumnRef) -> exp.Expr:
    reference: exp.Expr = exp.Column(this=_name(column.column), table=_name(column.alias))
    return exp.Cast(this=reference, to=exp.DataType.build("decimal")) if column.as_number else reference


def _expression(expression: p.Expression) -> exp.Expr:
    if isinstance(expression, p.ColumnRef):
        return _column(expression)
    if isinstance(expression, p.Amount):
        product: exp.Expr = exp.Mul(this=_column(expression.quantity), expression=_column(expression.price))
        if expression.discount is not None:
            discount: exp.Expr = _column(expression.discount)
            if expression.is_percent:
                discount = exp.Mul(this=discount, expression=exp.Literal.number("0.01"))
            rest = exp.Sub(this=exp.Literal.number(1), expression=discount)
            product = exp.Mul(this=product, expression=exp.Paren(this=rest))
        return product
    if isinstance(expression, p.Bucket):
        return _bucket(expression)
    return _aggregate(expression)


def _bucket(bucket: p.Bucket) -> exp.Expr:
    column = _column(bucket.column)
    if bucket.unit == "year":
        year = exp.Extract(this=exp.Var(this="YEAR"), expression=column)
        return exp.Cast(this=year, to=exp.DataType.build("int"))
    start = exp.Anonymous(this="DATE_TRUNC", expressions=[exp.Literal.string(bucket.unit), column])
    return exp.Cast(this=start, to=exp.DataType.build("date"))


def _aggregate(aggregate: p.Aggregate) -> exp.Expr:
    argument: exp.Expr = exp.Star() if aggregate.argument is None else _expression(aggregate.argument)
    if aggregate.is_distinct:
        argument = exp.Distinct(expressions=[argument])
    if aggregate.function == "count":
        return exp.Count(this=argument)
    return _AGGREGATES[aggregate.function](this=argument)


def _equal(left: p.ColumnRef, right: p.ColumnRef) -> exp.Expr:
    return exp.EQ(this=_column(left), expression=_column(right))


def _all(conditions: Iterable[exp.Expr]) -> exp.Expr:
    return exp.and_(*conditions)


def _literal(value: str, kind: str) -> exp.Expr:
    if kind == "boolean":
        return exp.Boolean(this=value == "true")
    return exp.Literal.number(value) if kind == "number" else exp.Literal.string(value)


def _condition(condition: p.Condition) -> exp.Expr:
    """Return the condition's tree; one branch for each type of the plan."""
    if isinstance(condition, p.Exists):
        return _exists(condition)
    if isinstance(condition, p.CountIn):
        return _count_in(condition)
    if isinstance(condition, p.AnyOf):
        return exp.paren(exp.or_(*(_condition(one) for one in condition.conditions)))
    left = _expression(condition.left)
    if isinstance(condition, p.Comparison):
        return _COMPARISONS[condition.operator](this=left, expression=_literal(condition.value, condition.literal))
    if isinstance(condition, p.AboveAverage):
        average = exp.Select(expressions=[exp.Avg(this=_expression(condition.averaged))]).from_(
            _table(condition.source)
        )
        return _COMPARISONS[condition.operator](this=left, expression=exp.Subquery(this=average))
    return _simple(condition, left)


def _simple(condition: p.OneOf | p.Between | p.InPeriod | p.Matches | p.IsMissing, left: exp.Expr) -> exp.Expr:
    if isinstance(condition, p.IsMissing):
        found: exp.Expr = exp.Is(this=left, expression=exp.Null())
    elif isinstance(condition, p.OneOf):
        values = [exp.Literal.string(value) for value in condition.values]
        if len(values) == 1:
            compare = exp.NEQ if condition.is_negated else exp.EQ
            return compare(this=left, expression=values[0])
        found = exp.In(this=left, expressions=values)
    elif isinstance(condition, p.Between):
        low, high = exp.Literal.number(condition.low), exp.Literal.number(condition.high)
        found = exp.Between(this=left, low=low, high=high)
    elif isinstance(condition, p.Matches):
        found = exp.ILike(this=left, expression=exp.Literal.string(_pattern(condition.kind, condition.text)))
    else:
        found = _period(condition, left)
    return exp.Not(this=exp.paren(found) if isinstance(found, exp.And) else found) if condition.is_negated else found


def _period(condition: p.InPeriod, left: exp.Expr) -> exp.Expr:
    parts: list[exp.Expr] = []
    for value, compare in ((condition.start, exp.GTE), (condition.end, exp.LT)):
        if value is not None:
            literal: exp.Expr = exp.Literal.number(value)
            if not condition.is_years:
                literal = exp.Cast(this=exp.Literal.string(value), to=exp.DataType.build("date"))
            parts.append(compare(this=left.copy(), expression=literal))
    return _all(parts)


def _pattern(kind: str, text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {"prefix": f"{escaped}%", "suffix": f"%{escaped}", "part": f"%{escaped}%"}[kind]


def _exists(condition: p.Exists) -> exp.Expr:
    query = exp.Select(expressions=[exp.Literal.number(1)]).from_(_table(condition.source), copy=False)
    _add_joins(query, condition.joins)
    query.where(_all(_equal(*pair) for pair in condition.link), copy=False)
    _add_where(query, condition.where)
    found = exp.Exists(this=query)
    return exp.Not(this=found) if condition.is_negated else found


def _count_in(condition: p.CountIn) -> exp.Expr:
    inner = [_column(one) for one in condition.inner]
    query = exp.Select(expressions=inner).from_(_table(condition.source), copy=False)
    _add_joins(query, condition.joins)
    _add_where(query, condition.where)
    query.group_by(*(one.copy() for one in inner), copy=False)
    compare = _COMPARISONS[condition.operator]
    query.having(compare(this=_aggregate(condition.count), expression=exp.Literal.number(condition.number)), copy=False)
    outer = [_column(one) for one in condition.outer]
    left = outer[0] if len(outer) == 1 else exp.Tuple(expressions=outer)
    return exp.In(this=left, query=exp.Subquery(this=query))
