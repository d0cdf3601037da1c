"""One setting of a process: what is known of it, and how its text becomes a checked value."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

__all__ = ["Setting", "SettingsError", "define_setting", "load", "settings_of"]

T = TypeVar("T")
_TRUE, _FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off"}


class SettingsError(Exception):
    """The environment does not make valid settings; ``problems`` has one sentence for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """What is known of one setting besides its type and default."""

    env: str
    help: str
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    field: str | None = None


def define_setting(
    default: Any,
    env: str,
    help: str,  # noqa: A002 - the word that argparse and click use for it
    *,
    unit: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
    field: str | None = None,
) -> Any:
    """Return a dataclass field that carries what is known of the setting."""
    spec = Setting(env, help, unit, minimum, maximum, choices, field)
    return dataclasses.field(default=default, metadata={"setting": spec})


def settings_of(kind: type[Any]) -> tuple[tuple[dataclasses.Field[Any], Setting], ...]:
    """Return the fields of a settings class with what is known of each."""
    return tuple((item, item.metadata["setting"]) for item in dataclasses.fields(kind))


def load(kind: type[T], environ: Mapping[str, str]) -> T:
    """Read one settings object; an empty variable counts as absent.

    Raises:
        SettingsError: with one sentence for every variable that is wrong.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    hints = typing.get_type_hints(kind)
    for item, spec in settings_of(kind):
        text = environ.get(spec.env, "")
        if text == "":
            continue
        try:
            values[item.name] = _parse(text, hints[item.name], spec)
        except ValueError as problem:
            problems.append(f"{spec.env} is {text!r}: {problem}")
    if problems:
        raise SettingsError(tuple(problems))
    return kind(**values)


def _parse(text: str, hint: Any, spec: Setting) -> Any:
    kinds = hint.__args__ if isinstance(hint, types.UnionType) else (hint,)
    if bool in kinds:
        return _parse_bool(text)
    if int in kinds or float in kinds:
        return _parse_number(text, int if int in kinds else float, spec)
    if spec.choices and text not in spec.choices:
        raise ValueError(f"must be one of {', '.join(spec.choices)}")
    return text


def _parse_bool(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise ValueError("must be true or false")


def _parse_number(text: str, kind: type[int] | type[float], spec: Setting) -> int | float:
    try:
        number = kind(text)
    except ValueError:
        raise ValueError("must be a whole number" if kind is int else "must be a number") from None
    unit = f" {spec.unit}" if spec.unit else ""
    low, high = spec.minimum, spec.maximum
    if (low is not None and not number >= low) or (high is not None and not number <= high):
        raise ValueError(f"must be from {low:g}{unit} to {high:g}{unit}")
    return number
