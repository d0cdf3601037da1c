"""Lay the schemas out in files: ``<type>.json``, ``examples/<type>.json`` and ``asyncapi/<port>.json``."""

from __future__ import annotations

import json
from typing import Any

from askwire_protocol.schema.async_api import describe_port
from askwire_protocol.schema.examples import example_of
from askwire_protocol.schema.json_schema import all_messages, describe_envelope, describe_message
from askwire_protocol.schema.table import MESSAGES, Port

__all__ = ["PORT_FILES", "render_files", "render_json"]

PORT_FILES = {Port.NLP: "nlp", Port.DATA: "data", Port.VIZ: "viz", Port.BACKEND: "backend"}
_WIDTH = 120


def render_files() -> dict[str, str]:
    """Return the text of each file by its path in the folder of schemas."""
    files = {"envelope.json": render_json(describe_envelope())}
    for message in all_messages(MESSAGES):
        files[f"{message.type}.json"] = render_json(describe_message(message))
        files[f"examples/{message.type}.json"] = render_json(json.loads(example_of(message)))
    for port, name in PORT_FILES.items():
        files[f"asyncapi/{name}.json"] = render_json(describe_port(port))
    return files


def render_json(document: Any) -> str:
    """Return JSON for people: what fits into a line is one line."""
    return _render(document, 0, 0) + "\n"


def _render(value: Any, indent: int, before: int) -> str:
    """Write a value that starts ``before`` characters after the indent of its line."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or indent + before + len(line) < _WIDTH:
        return line
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        names = [json.dumps(name, ensure_ascii=False) + ": " for name in value]
        parts = [name + _render(part, indent + 2, len(name)) for name, part in zip(names, value.values(), strict=True)]
        marks = "{}"
    else:
        parts = [_render(part, indent + 2, 0) for part in value]
        marks = "[]"
    lines = ",\n".join(inner + part for part in parts)
    return f"{marks[0]}\n{lines}\n{' ' * indent}{marks[1]}"
