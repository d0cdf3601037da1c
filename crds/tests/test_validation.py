"""What is refused, and the sentence that says so."""

from __future__ import annotations

from typing import Any

import pytest

from askwire_resources.labels import CHILD_SUFFIXES
from askwire_resources.problems import ManifestError
from askwire_resources.validation import FIELDS_BY_TYPE, find_problems, to_resource


def _document(kind: str = "nlp", name: str = "one", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "askwire.dev/v1alpha1",
        "kind": "AgentDeployment",
        "metadata": {"name": name},
        "spec": {"type": kind, **spec},
    }


def _texts(document: Any) -> list[str]:
    return [str(problem) for problem in find_problems(document)]


def test_smallest_document_is_valid() -> None:
    """Name and type are all that must be given."""
    assert to_resource(_document()).spec.replicas == 1


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"replcas": 2}, 'spec.replcas is not a field (did you mean "replicas"?)'),
        ({"usewebsockets": {}}, 'spec.usewebsockets is not a field (did you mean "useWebSockets"?)'),
        ({"replicas": -1}, "spec.replicas is -1: must be a whole number from 0 to 1000"),
        ({"replicas": True}, "spec.replicas is true: must be a whole number from 0 to 1000"),
        ({"replicas": "2"}, 'spec.replicas is "2": must be a whole number from 0 to 1000'),
        ({"websockets": []}, "spec.websockets is a list: must be a mapping with the fields enabled, host, port"),
        ({"websockets": {"enabled": "yes"}}, 'spec.websockets.enabled is "yes": must be true or false'),
        ({"websockets": {"host": "0.0.0.0\n"}}, 'spec.websockets.host is "0.0.0.0\n": must be 0.0.0.0 or ::'),
        ({"websockets": {"port": 0}}, "spec.websockets.port is 0: must be a whole number from 1 to 65535"),
        (
            {"heartbeat": {"intervalSeconds": float("nan")}},
            "spec.heartbeat.intervalSeconds is nan: must be a number from 0.05 to 300",
        ),
        ({"logLevel": "loud"}, 'spec.logLevel is "loud": must be one of debug, info, warning, error'),
        ({"nodeSelector": {"a": 1}}, "spec.nodeSelector.a is 1: must be text"),
        ({"autoscaling": {}}, "spec.autoscaling.maxReplicas is missing: must be a whole number from 1 to 1000"),
        ({"tolerations": {}}, "spec.tolerations is a mapping: must be a list"),
        (
            {"resources": {"limits": {"cpu": []}}},
            "spec.resources.limits.cpu is a list: must be text or a whole number or a number",
        ),
        (
            {"nlp": {"synonyms": [{"word": "client"}]}},
            "spec.nlp.synonyms[0].means is missing: must be text of 1 to 100 characters",
        ),
        ({"database": {"rowLimit": 5}}, "spec.database is only for type data, and this is type nlp"),
        ({"http": {"port": 8011}}, "spec.http.port is 8011: must differ from websockets.port of the same agent"),
        (
            {"heartbeat": {"suspectAfterMissed": 4}},
            "spec.heartbeat.suspectAfterMissed is 4: must not be above lostAfterMissed, which is 3",
        ),
        (
            {"autoscaling": {"minReplicas": 5, "maxReplicas": 2}},
            "spec.autoscaling.minReplicas is 5: must not be above maxReplicas, which is 2",
        ),
        (
            {"image": "a/b:1", "version": "2"},
            "spec.version is the tag of the default image: must not be given beside image",
        ),
    ],
)
def test_wrong_field_is_named_with_what_is_allowed(spec: dict[str, Any], sentence: str) -> None:
    """Each mistake is one sentence: path, what was found, what is allowed."""
    assert _texts(_document(**spec)) == [sentence]


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (
            {"websockets": {"port": 8005}, "http": {"port": 8000}},
            "spec.websockets.port is 8005: must be the same as http.port of a backend, which is 8000",
        ),
        ({"http": {"port": 8004}}, "spec.backend.metricsPort is 8004: must differ from http.port of the backend"),
        ({"limits": {"workers": 2}}, "spec.limits.workers is only for agents: a backend has no worker processes"),
    ],
)
def test_rules_of_a_backend(spec: dict[str, Any], sentence: str) -> None:
    """A backend serves page, REST and WebSocket on one port, and has no workers."""
    assert _texts(_document("backend", **spec)) == [sentence]


@pytest.mark.parametrize("field", list(FIELDS_BY_TYPE))
def test_fields_of_one_type_are_refused_for_others(field: str) -> None:
    """A field that does nothing for a type is not accepted silently."""
    values: dict[str, Any] = {"routes": [{"requestType": "forecast"}]}
    for kind in ("nlp", "data", "viz", "backend", "custom"):
        document = _document(kind, image="a/b:1", **{field: values.get(field, {})})
        allowed = kind in {item.value for item in FIELDS_BY_TYPE[field]}
        assert (_texts(document) == []) is allowed, (kind, field)


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "1a", "a.b", "a_b", "ä", "a" * 41, "a\n"])
def test_bad_names_are_refused(name: str) -> None:
    """A name becomes part of host names and labels, so it is a DNS label with room for a suffix."""
    assert any("metadata.name" in text and "DNS label" in text for text in _texts(_document(name=name)))


def test_names_like_a_childs_are_refused() -> None:
    """A name must not end as the operator's children do."""
    for suffix in CHILD_SUFFIXES:
        assert _texts(_document(name=f"nlp{suffix}")) == [f'metadata.name is "nlp{suffix}": must not end in {suffix}']


def test_all_mistakes_come_at_once() -> None:
    """Somebody who repairs a file sees every mistake of shape in one go."""
    document = _document(replcas=1, websockets={"port": "x"}, logLevel="loud")
    document["apiVersion"] = "askwire.dev/v1"
    del document["metadata"]
    with pytest.raises(ManifestError) as caught:
        to_resource(document)
    paths = [problem.path for problem in caught.value.problems]
    assert sorted(paths) == ["apiVersion", "metadata", "spec.logLevel", "spec.replcas", "spec.websockets.port"]


def test_empty_values_count_as_not_given() -> None:
    """`field:` without a value means the default, as in Kubernetes; a required one is missing."""
    assert to_resource(_document(websockets=None, http={"port": None})).spec.http.port is None
    assert _texts(_document(None)) != []  # type: ignore[arg-type]


def test_custom_needs_its_image() -> None:
    """Nothing is known of a custom agent but its image."""
    assert _texts(_document("custom")) == ["spec.image is missing: must be given for type custom"]


def test_what_the_api_server_adds_is_accepted() -> None:
    """The output of `kubectl get -o yaml` can be read again."""
    document = _document()
    document["metadata"] |= {"uid": "1", "resourceVersion": "2", "generation": 1, "managedFields": [{}]}
    document["status"] = {"replicas": 1}
    assert _texts(document) == []


@pytest.mark.parametrize("value", [None, [], "text", 3])
def test_other_than_a_mapping_is_refused(value: Any) -> None:
    """A document that is no mapping is one sentence, not a crash."""
    assert "must be a mapping" in _texts(value)[0]
