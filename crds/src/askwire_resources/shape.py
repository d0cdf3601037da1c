"""Compare untyped values with a typed model and name every difference, not only the first one."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from typing import Any

from msgspec import inspect

from askwire_resources.problems import Problem, describe, suggest

__all__ = ["find_differences"]


def find_differences(value: Any, kind: inspect.Type, path: str = "") -> Iterator[Problem]:
    """Yield a problem for each place where ``value`` is not of ``kind``; none means that it converts."""
    kind, allowed = _unwrap(kind)
    match kind:
        case inspect.AnyType():
            return
        case inspect.UnionType(types=options):
            yield from _check_union(value, options, path)
        case inspect.StructType():
            yield from _check_struct(value, kind, path)
        case inspect.VarTupleType():
            yield from _check_list(value, kind, path)
        case inspect.DictType():
            yield from _check_mapping(value, kind, path)
        case _:
            expected = _scalar_problem(value, kind, allowed)
            if expected:
                yield Problem(path=path, text=f"is {describe(value)}: must be {expected}")


def _unwrap(kind: inspect.Type) -> tuple[inspect.Type, str | None]:
    allowed = None
    while isinstance(kind, inspect.Metadata):
        allowed = allowed or (kind.extra or {}).get("allowed")
        kind = kind.type
    return kind, allowed


def _check_union(value: Any, options: tuple[inspect.Type, ...], path: str) -> Iterator[Problem]:
    if value is None and any(isinstance(option, inspect.NoneType) for option in options):
        return
    real = [option for option in options if not isinstance(option, inspect.NoneType)]
    if len(real) == 1:
        yield from find_differences(value, real[0], path)
        return
    if not any(not list(find_differences(value, option, path)) for option in real):
        names = " or ".join(_scalar_name(_unwrap(option)[0]) for option in real)
        yield Problem(path=path, text=f"is {describe(value)}: must be {names}")


def _check_struct(value: Any, kind: inspect.StructType, path: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        known = ", ".join(item.encode_name for item in kind.fields)
        yield Problem(path=path, text=f"is {describe(value)}: must be a mapping with the fields {known}")
        return
    fields = {item.encode_name: item for item in kind.fields}
    for name, inner in value.items():
        item = fields.get(name)
        if item is None:
            hint = suggest(str(name), fields) or f"; allowed are {', '.join(fields)}"
            yield Problem(path=_join(path, name), text=f"is not a field{hint}")
        elif inner is None and not item.required:
            continue  # an empty value in YAML means that the field is not given, as in Kubernetes
        else:
            yield from find_differences(inner, item.type, _join(path, name))
    for name, item in fields.items():
        if item.required and name not in value:
            inner_kind, allowed = _unwrap(item.type)
            yield Problem(path=_join(path, name), text=f"is missing: must be {allowed or _scalar_name(inner_kind)}")


def _check_list(value: Any, kind: inspect.VarTupleType, path: str) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(path=path, text=f"is {describe(value)}: must be a list")
        return
    if kind.min_length is not None and len(value) < kind.min_length:
        yield Problem(path=path, text=f"must hold at least {kind.min_length}")
    for index, inner in enumerate(value):
        yield from find_differences(inner, kind.item_type, f"{path}[{index}]")


def _check_mapping(value: Any, kind: inspect.DictType, path: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(path=path, text=f"is {describe(value)}: must be a mapping")
        return
    for name, inner in value.items():
        if not isinstance(name, str):
            yield Problem(path=_join(path, name), text=f"has the name {describe(name)}: names must be text")
        else:
            yield from find_differences(inner, kind.value_type, _join(path, name))


def _scalar_problem(value: Any, kind: inspect.Type, allowed: str | None) -> str | None:
    """Return what is allowed where ``value`` is not."""
    match kind:
        case inspect.BoolType():
            right = isinstance(value, bool)
        case inspect.IntType(ge=low, le=high):
            right = isinstance(value, int) and not isinstance(value, bool) and _within(value, low, high)
        case inspect.FloatType(ge=low, le=high):
            right = isinstance(value, int | float) and not isinstance(value, bool) and _within(value, low, high)
        case inspect.StrType(min_length=least, max_length=most, pattern=pattern):
            right = (
                isinstance(value, str)
                and len(value) >= (least or 0)
                and len(value) <= (most if most is not None else len(value))
                and (pattern is None or re.fullmatch(pattern, value) is not None)
            )
        case inspect.EnumType(cls=names):
            right = isinstance(value, str) and value in {str(member.value) for member in names}
        case _:
            right = True
    return None if right else (allowed or _scalar_name(kind))


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _scalar_name(kind: inspect.Type) -> str:
    match kind:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType(ge=low, le=high):
            return "a whole number" + _range(low, high)
        case inspect.FloatType(ge=low, le=high):
            return "a number" + _range(low, high)
        case inspect.StrType(min_length=least, max_length=most):
            length = f" of {least or 0} to {most} characters" if most is not None else ""
            return "text" + length
        case inspect.EnumType(cls=names):
            return "one of " + ", ".join(str(member.value) for member in _members(names))
        case inspect.StructType(fields=fields):
            return "a mapping with " + ", ".join(
                item.encode_name for item in fields if item.required or len(fields) < 4
            )
        case _:
            return "given"


def _members(names: type[enum.Enum]) -> tuple[enum.Enum, ...]:
    return tuple(names)


def _range(low: float | None, high: float | None) -> str:
    return f" from {low:g} to {high:g}" if low is not None and high is not None else ""


def _join(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)
