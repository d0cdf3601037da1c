"""Read the texts that stand under the fields of a type in its source."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Mapping

import msgspec

__all__ = ["read_field_texts", "read_text"]


def read_text(kind: type[msgspec.Struct]) -> str:
    """Return the docstring of a type as Markdown in one paragraph."""
    return _one_paragraph(kind.__doc__ or "")


@functools.cache
def read_field_texts(kind: type[msgspec.Struct]) -> Mapping[str, str]:
    """Return the texts of the fields that have one, as Markdown in one paragraph, by the field's name in Python."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - the source of a class
    found: dict[str, str] = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            found[field.target.id] = _one_paragraph(str(text.value.value))
    return found


def _one_paragraph(text: str) -> str:
    return " ".join(inspect.cleandoc(text).replace("``", "`").split())
