"""Read AgentDeployments from YAML of untrusted origin: bounded, and with line numbers in every complaint."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Iterator
from typing import Any

import yaml

from askwire_resources.labels import GROUP, KIND
from askwire_resources.model import AgentDeployment
from askwire_resources.problems import ManifestError, Problem, suggest
from askwire_resources.validation import find_problems, find_problems_between, to_resource

__all__ = ["MAX_BYTES", "Manifest", "read_manifest"]

MAX_BYTES = 1024 * 1024
_MAX_NODES = 20_000
_MAX_DEPTH = 40


@dataclasses.dataclass(frozen=True, slots=True)
class Manifest:
    """The resources of one text, in order, and the other objects that were left out, as ``kind/name``."""

    resources: tuple[AgentDeployment, ...]
    ignored: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class _Document:
    value: Any
    lines: dict[str, int]
    prefix: str = ""


def read_manifest(text: str | bytes, source: str | None = None) -> Manifest:
    """Read every document; objects of other kinds are left out and named.

    Raises:
        ManifestError: with all mistakes of all documents; ``source`` is the name that they show.
    """
    resources: list[AgentDeployment] = []
    ignored: list[str] = []
    problems: list[Problem] = []
    for document in _read_documents(text, source):
        if _is_foreign(document.value):
            metadata = document.value.get("metadata")
            name = metadata.get("name", "?") if isinstance(metadata, dict) else "?"
            ignored.append(f"{document.value['kind']}/{name}")
            continue
        found = find_problems(document.value)
        problems += [_locate(problem, document, source) for problem in found]
        if not found:
            resources.append(to_resource(document.value))
    problems += [dataclasses.replace(item, source=source) for item in find_problems_between(tuple(resources))]
    if problems:
        raise ManifestError(problems)
    if not resources:
        raise ManifestError([Problem(path="", text=f"there is no {KIND} in it", source=source)])
    return Manifest(tuple(resources), tuple(ignored))


def _is_foreign(value: Any) -> bool:
    """Tell another kind of object from a misspelt AgentDeployment."""
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        return False
    group = str(value.get("apiVersion", "")).partition("/")[0]
    return value["kind"] != KIND and group != GROUP and not suggest(value["kind"], [KIND])


def _locate(problem: Problem, document: _Document, source: str | None) -> Problem:
    path, line = problem.path, None
    while line is None and path:
        line = document.lines.get(path)
        path = re.sub(r"(\.|^)[^.\[]+$|\[\d+\]$", "", path)
    return dataclasses.replace(
        problem,
        path=document.prefix + problem.path,
        line=line if line is not None else document.lines.get("", 1),
        source=source,
    )


def _read_documents(text: str | bytes, source: str | None) -> Iterator[_Document]:
    if len(text) > MAX_BYTES:
        raise ManifestError([Problem(path="", text=f"must not be larger than {MAX_BYTES} bytes", source=source)])
    loader: yaml.SafeLoader | None = None
    try:
        loader = yaml.SafeLoader(text)
        while loader.check_node():
            node = loader.get_node()
            if node is None:
                continue
            lines = _map_lines(node, source)
            value = _plain(loader.construct_document(node))
            if value is not None:
                yield from _expand_list(value, lines)
    except yaml.YAMLError as problem:
        raise ManifestError([_yaml_problem(problem, source)]) from None
    except RecursionError:
        raise ManifestError([Problem(path="", text="is nested too deeply", source=source)]) from None
    except (ValueError, OverflowError) as problem:
        # Dates and numbers that look right and are not, such as 2024-13-45.
        raise ManifestError([Problem(path="", text=f"holds a wrong value: {problem}", source=source)]) from None
    finally:
        if loader is not None:
            loader.dispose()


def _expand_list(value: Any, lines: dict[str, int]) -> Iterator[_Document]:
    """Yield the items of what ``kubectl get -o yaml`` prints, or the document itself."""
    if isinstance(value, dict) and value.get("kind") == "List" and isinstance(value.get("items"), list):
        for index, item in enumerate(value["items"]):
            start = f"items[{index}]"
            inner = {path[len(start) :].lstrip("."): line for path, line in lines.items() if path.startswith(start)}
            yield _Document(item, inner, f"{start}.")
        return
    yield _Document(value, lines)


def _map_lines(root: yaml.Node, source: str | None) -> dict[str, int]:
    """Map each field's path to its line; refuses what would grow out of bounds when aliases are followed."""
    lines: dict[str, int] = {}
    waiting: list[tuple[yaml.Node, str, int, int]] = [(root, "", root.start_mark.line + 1, 0)]
    visited = 0
    while waiting:
        node, path, line, depth = waiting.pop()
        lines.setdefault(path, line)
        visited += 1
        if visited + len(waiting) > _MAX_NODES or depth > _MAX_DEPTH:
            text = f"must not hold more than {_MAX_NODES} values nor be nested deeper than {_MAX_DEPTH}"
            raise ManifestError([Problem(path="", text=text, source=source)])
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, inner in node.value:
                name = str(key.value)
                if name in seen and name != "<<":
                    where = f"{path}.{name}".lstrip(".")
                    row = key.start_mark.line + 1
                    raise ManifestError([Problem(path=where, text="is given twice", line=row, source=source)])
                seen.add(name)
                child = path if name == "<<" else f"{path}.{name}".lstrip(".")
                waiting.append((inner, child, key.start_mark.line + 1, depth + 1))
        elif isinstance(node, yaml.SequenceNode):
            for index, inner in enumerate(node.value):
                waiting.append((inner, f"{path}[{index}]", inner.start_mark.line + 1, depth + 1))
    return lines


def _plain(value: Any) -> Any:
    """Give dates back as the text that was meant; nothing in a resource is a date."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def _yaml_problem(problem: yaml.YAMLError, source: str | None) -> Problem:
    mark = getattr(problem, "problem_mark", None)
    text = getattr(problem, "problem", None) or str(problem).partition("\n")[0]
    return Problem(
        path="", text=f"is not YAML: {text}", line=mark.line + 1 if mark is not None else None, source=source
    )
