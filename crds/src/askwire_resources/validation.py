"""Decide whether a document is a valid AgentDeployment; every mistake is named with what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from askwire_resources.defaults import ports_of
from askwire_resources.labels import API_VERSION, CHILD_SUFFIXES, KIND, MAX_NAME_LENGTH
from askwire_resources.model import AgentDeployment, AgentType, Spec
from askwire_resources.problems import ManifestError, Problem, describe, suggest
from askwire_resources.shape import find_differences

__all__ = ["FIELDS_BY_TYPE", "find_problems", "find_problems_between", "to_resource"]

FIELDS_BY_TYPE: dict[str, tuple[AgentType, ...]] = {
    "nlp": (AgentType.NLP,),
    "viz": (AgentType.VIZ,),
    "backend": (AgentType.BACKEND,),
    "useWebSockets": (AgentType.BACKEND,),
    "database": (AgentType.DATA,),
    "routes": (AgentType.CUSTOM,),
}
"""Fields that only some types allow; every other field is for all."""

_MODEL = msgspec.inspect.type_info(AgentDeployment)
_DNS_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


def to_resource(document: Any) -> AgentDeployment:
    """Turn a document into a resource.

    Raises:
        ManifestError: with every mistake of shape, or where the shape is right every mistake between fields.
    """
    problems = find_problems(document)
    if problems:
        raise ManifestError(problems)
    return _convert(document)


def find_problems(document: Any) -> tuple[Problem, ...]:
    """Return every mistake: first of shape (names, kinds, bounds), and where there is none, between fields."""
    if not isinstance(document, dict):
        return (Problem(path="", text=f"the document is {describe(document)}: must be a mapping with kind: {KIND}"),)
    shape = (*_check_header(document), *find_differences(document, _MODEL))
    wrong_type = any(problem.path.startswith("spec.type") for problem in shape)
    by_type = () if wrong_type else tuple(_check_fields_by_type(document.get("spec")))
    if shape or by_type:
        return (*shape, *by_type)
    return tuple(_check_rules(_convert(document)))


def find_problems_between(resources: tuple[AgentDeployment, ...]) -> tuple[Problem, ...]:
    """Return the mistakes that no single resource shows: names that are used twice."""
    seen: set[tuple[str, str]] = set()
    problems = []
    for resource in resources:
        key = (resource.metadata.namespace, resource.metadata.name)
        if key in seen:
            problems.append(
                Problem(path="metadata.name", text=f'is "{key[1]}" in two resources of namespace "{key[0]}"')
            )
        seen.add(key)
    return tuple(problems)


def _convert(document: dict[str, Any]) -> AgentDeployment:
    return msgspec.convert(_without_empty(document), AgentDeployment)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_empty(inner) for name, inner in value.items() if inner is not None}
    return [_without_empty(inner) for inner in value] if isinstance(value, list) else value


def _check_header(document: dict[str, Any]) -> Iterator[Problem]:
    for field, wanted in (("apiVersion", API_VERSION), ("kind", KIND)):
        found = document.get(field)
        if found is None:
            yield Problem(path=field, text=f"is missing: must be {wanted}")
        elif isinstance(found, str) and found != wanted:
            yield Problem(path=field, text=f"is {describe(found)}: must be {wanted}")


def _check_fields_by_type(spec: Any) -> Iterator[Problem]:
    if not isinstance(spec, dict) or spec.get("type") not in set(AgentType):
        return
    kind = AgentType(spec["type"])
    for field, types in FIELDS_BY_TYPE.items():
        if spec.get(field) is not None and kind not in types:
            names = " or ".join(item.value for item in types)
            hint = suggest(field, [name for name, allowed in FIELDS_BY_TYPE.items() if kind in allowed])
            yield Problem(path=f"spec.{field}", text=f"is only for type {names}, and this is type {kind.value}{hint}")


def _check_rules(resource: AgentDeployment) -> Iterator[Problem]:
    yield from _check_name(resource.metadata.name)
    yield from _check_ports(resource)
    spec = resource.spec
    if spec.heartbeat.suspect_after_missed > spec.heartbeat.lost_after_missed:
        yield Problem(
            path="spec.heartbeat.suspectAfterMissed",
            text=f"is {spec.heartbeat.suspect_after_missed}: must not be above lostAfterMissed, "
            f"which is {spec.heartbeat.lost_after_missed}",
        )
    if spec.autoscaling and spec.autoscaling.min_replicas > spec.autoscaling.max_replicas:
        yield Problem(
            path="spec.autoscaling.minReplicas",
            text=f"is {spec.autoscaling.min_replicas}: must not be above maxReplicas, "
            f"which is {spec.autoscaling.max_replicas}",
        )
    if spec.type is AgentType.CUSTOM and not spec.image:
        yield Problem(path="spec.image", text="is missing: must be given for type custom")
    if spec.image and spec.version:
        yield Problem(path="spec.version", text="is the tag of the default image: must not be given beside image")
    yield from _check_limits(spec)


def _check_name(name: str) -> Iterator[Problem]:
    if len(name) > MAX_NAME_LENGTH or not _DNS_LABEL.fullmatch(name):
        yield Problem(
            path="metadata.name",
            text=f"is {describe(name)}: must be a DNS label of at most {MAX_NAME_LENGTH} characters "
            "(small letters, digits and dashes, beginning with a letter)",
        )
    for suffix in CHILD_SUFFIXES:
        if name.endswith(suffix):
            yield Problem(path="metadata.name", text=f"is {describe(name)}: must not end in {suffix}")


def _check_ports(resource: AgentDeployment) -> Iterator[Problem]:
    spec, ports = resource.spec, ports_of(resource)
    if spec.type is AgentType.BACKEND:
        given, http = spec.websockets.port, spec.http.port
        if given is not None and http is not None and given != http:
            yield Problem(
                path="spec.websockets.port",
                text=f"is {given}: must be the same as http.port of a backend, which is {http}",
            )
        if ports.metrics == ports.http:
            yield Problem(
                path="spec.backend.metricsPort", text=f"is {ports.metrics}: must differ from http.port of the backend"
            )
    elif ports.websocket == ports.http:
        yield Problem(
            path="spec.http.port", text=f"is {ports.http}: must differ from websockets.port of the same agent"
        )


def _check_limits(spec: Spec) -> Iterator[Problem]:
    if spec.type is AgentType.BACKEND and spec.limits.workers is not None:
        yield Problem(path="spec.limits.workers", text="is only for agents: a backend has no worker processes")
