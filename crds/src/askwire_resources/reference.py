"""Make the reference pages from the tables: ``python -m askwire_resources.reference [FOLDER]``.

With a folder the pages are written into it (``docs/reference`` of this repository); without one they are printed.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import NODEFAULT, inspect

from askwire_resources.labels import API_VERSION, KIND
from askwire_resources.model import Spec
from askwire_resources.settings import (
    BackendSettings,
    DataSettings,
    NlpSettings,
    ProcessSettings,
    Setting,
    VizSettings,
    settings_of,
)
from askwire_resources.validation import FIELDS_BY_TYPE

__all__ = ["main", "render_pages"]

_PROCESSES: tuple[tuple[str, type[ProcessSettings]], ...] = (
    ("NLP agent", NlpSettings),
    ("Data agent", DataSettings),
    ("Viz agent", VizSettings),
    ("Backend", BackendSettings),
)
_NOTE = "<!-- Made by `python -m askwire_resources.reference docs/reference`; do not edit. -->"


def render_pages() -> dict[str, str]:
    """Return the text of each page by file name."""
    return {"settings.md": _render_settings(), "agentdeployment.md": _render_resource()}


def main(arguments: list[str]) -> int:
    """Write or print the pages; returns the exit code."""
    if len(arguments) > 1:
        sys.stderr.write("usage: python -m askwire_resources.reference [FOLDER]\n")
        return 2
    for name, text in render_pages().items():
        if arguments:
            Path(arguments[0], name).write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(text)
    return 0


def _render_settings() -> str:
    lines = [
        "# Settings of the processes",
        "",
        _NOTE,
        "",
        "Every process reads its settings once, from its environment; an empty variable counts as absent. Secrets come",
        "from files. The last column is the field of the AgentDeployment's `spec` that the variable is made from; a",
        "variable without one depends on where the process runs and is set by `askwire up` or the operator.",
    ]
    for title, kind in _PROCESSES:
        lines += ["", f"## {title}", "", "| variable | default | allowed | meaning | field |", "|---|---|---|---|---|"]
        hints = typing.get_type_hints(kind)
        for item, setting in settings_of(kind):
            field = f"`{setting.field}`" if setting.field else ""
            cells = (
                f"`{setting.env}`",
                _default(item.default),
                _allowed(hints[item.name], setting),
                setting.help,
                field,
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _default(value: Any) -> str:
    if value is None or value == "":
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else _number(value)}`"


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _allowed(hint: Any, setting: Setting) -> str:
    kinds = hint.__args__ if isinstance(hint, types.UnionType) else (hint,)
    if bool in kinds:
        return "true, false"
    if setting.choices:
        return ", ".join(setting.choices)
    if setting.minimum is not None and setting.maximum is not None:
        unit = f" {setting.unit}" if setting.unit else ""
        return f"{_plain(setting.minimum)} to {_plain(setting.maximum)}{unit}"
    return "text"


def _plain(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def _render_resource() -> str:
    lines = [
        f"# {KIND} (`{API_VERSION}`)",
        "",
        _NOTE,
        "",
        "One resource for each agent or backend. `metadata.name` is a DNS label of at most 40 characters. A field that",
        "is not a field, or has a value that is not allowed, is refused with its path and line. Fields of `spec`:",
        "",
        "| field | default | allowed | for type | meaning |",
        "|---|---|---|---|---|",
    ]
    lines += [f"| {' | '.join(row)} |" for row in _rows(inspect.type_info(Spec), "")]
    return "\n".join(lines) + "\n"


def _rows(kind: inspect.Type, path: str) -> Iterator[tuple[str, ...]]:
    inner, _ = _open(kind)
    if not isinstance(inner, inspect.StructType):
        return
    for item in inner.fields:
        name = f"{path}.{item.encode_name}" if path else item.encode_name
        field_kind, meaning = _open(item.type)
        is_list = isinstance(field_kind, inspect.VarTupleType)
        part = _open(field_kind.item_type)[0] if isinstance(field_kind, inspect.VarTupleType) else field_kind
        shown = f"{name}[]" if is_list else name
        types_allowed = FIELDS_BY_TYPE.get(name.partition(".")[0])
        for_type = ", ".join(each.value for each in types_allowed) if types_allowed else "all"
        yield f"`{shown}`", _field_default(item), _field_allowed(part), for_type, meaning
        if isinstance(part, inspect.StructType):
            yield from _rows(part, shown)


def _open(kind: inspect.Type) -> tuple[inspect.Type, str]:
    """Return the type itself and its description."""
    meaning = ""
    while True:
        if isinstance(kind, inspect.Metadata):
            meaning = meaning or (kind.extra_json_schema or {}).get("description", "")
            kind = kind.type
        elif (
            isinstance(kind, inspect.UnionType) and len(kind.types) == 2 and isinstance(kind.types[1], inspect.NoneType)
        ):
            kind = kind.types[0]
        else:
            return kind, meaning


def _field_default(item: inspect.Field) -> str:
    if item.required:
        return "required"
    value = item.default
    if value is NODEFAULT or value is None or isinstance(value, tuple | dict) or hasattr(value, "__struct_fields__"):
        return "–"
    return _default(value)


def _field_allowed(kind: inspect.Type) -> str:
    match kind:
        case inspect.EnumType(cls=names):
            return ", ".join(str(member.value) for member in list(names))
        case inspect.BoolType():
            return "true, false"
        case inspect.IntType(ge=low, le=high) | inspect.FloatType(ge=low, le=high) if low is not None:
            return f"{_plain(low)} to {_plain(high)}" if high is not None else f"from {_plain(low)}"
        case inspect.StrType(pattern=pattern) if pattern:
            return f"`{pattern}`".replace("|", "\\|")
        case inspect.StrType():
            return "text"
        case _:
            return ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
