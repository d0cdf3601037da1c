"""Tell runs apart: a hash of the questions, the databases, the options and the code that is measured."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable
from pathlib import Path

__all__ = ["fingerprint_of"]

_MEASURED = ("askwire_protocol", "askwire_nlp", "askwire_data", "askwire_viz", "askwire_evaluate")
_LEFT_OUT = (".pyc", ".pyo")


def fingerprint_of(files: Iterable[Path], options: Iterable[str]) -> str:
    """Return a hash that differs whenever results of one run should not be mixed with those of another.

    Raises:
        OSError: a file can't be read.
    """
    digest = hashlib.sha256()
    for option in options:
        digest.update(option.encode() + b"\0")
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    for package in _MEASURED:
        for file in sorted(_files_of(package)):
            digest.update(str(file.name).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _files_of(package: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec is not None else None
    return [
        path
        for folder in folders or ()
        for path in Path(folder).rglob("*")
        if path.is_file() and path.suffix not in _LEFT_OUT
    ]
