"""Reading YAML: many documents, line numbers, and bounds against hostile text."""

from __future__ import annotations

import pytest

from askwire_resources.manifest import MAX_BYTES, read_manifest
from askwire_resources.model import AgentType
from askwire_resources.problems import ManifestError
from askwire_resources.samples import read_sample

_HEAD = "apiVersion: askwire.dev/v1alpha1\nkind: AgentDeployment\n"
_ONE = _HEAD + "metadata: {name: one}\nspec:\n  type: nlp\n"


def _mistakes(text: str | bytes) -> list[str]:
    with pytest.raises(ManifestError) as caught:
        read_manifest(text, "file.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_sample_holds_the_whole_demo() -> None:
    """The packaged sample is valid and has one of each built-in type."""
    kinds = [resource.spec.type for resource in read_manifest(read_sample()).resources]
    assert kinds == [AgentType.NLP, AgentType.DATA, AgentType.VIZ, AgentType.BACKEND]


def test_mistakes_have_file_and_line() -> None:
    """Every complaint starts with the place, also in a later document."""
    text = f"{_ONE}  replcas: 2\n---\n{_ONE}  http:\n    port: x\n".replace("name: one", "name: two", 1)
    assert _mistakes(text) == [
        'file.yaml:6: spec.replcas is not a field (did you mean "replicas"?)',
        'file.yaml:14: spec.http.port is "x": must be a whole number from 1 to 65535',
    ]


def test_missing_field_has_the_line_of_its_parent() -> None:
    """A field that is not there is shown where it would stand."""
    assert _mistakes(f"{_HEAD}metadata: {{name: one}}\nspec:\n  replicas: 2\n") == [
        "file.yaml:4: spec.type is missing: must be one of nlp, data, viz, backend, custom"
    ]


def test_other_kinds_are_left_out_and_named() -> None:
    """A file may hold Secrets beside the agents; they are not ours to read."""
    manifest = read_manifest(f"{_ONE}---\napiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\n")
    assert len(manifest.resources) == 1
    assert manifest.ignored == ("Secret/s",)


def test_misspelt_kind_is_a_mistake() -> None:
    """A document that was meant to be ours is never left out silently."""
    wrong = _ONE.replace("kind: AgentDeployment", "kind: AgentDeploymnet")
    assert _mistakes(wrong) == ['file.yaml:2: kind is "AgentDeploymnet": must be AgentDeployment']
    assert _mistakes(wrong.replace("askwire.dev/v1alpha1", "apps/v1"))[0].startswith("file.yaml:1: apiVersion")


def test_list_of_kubectl_is_read() -> None:
    """`kubectl get -o yaml` wraps the resources in a List."""
    head = _HEAD.replace("\n", "\n  ")
    items = "".join(f"- metadata: {{name: {name}}}\n  {head}spec: {{type: nlp}}\n" for name in "ab")
    manifest = read_manifest(f"apiVersion: v1\nkind: List\nitems:\n{items}")
    assert [resource.metadata.name for resource in manifest.resources] == ["a", "b"]
    assert _mistakes(f"kind: List\nitems:\n{items}".replace("type: nlp", "type: nlq"))[0].startswith(
        'file.yaml:6: items[0].spec.type is "nlq"'
    )


def test_same_name_twice_is_a_mistake() -> None:
    """Two resources of one name would be one in a cluster."""
    assert _mistakes(f"{_ONE}---\n{_ONE}") == [
        'file.yaml: metadata.name is "one" in two resources of namespace "default"'
    ]


def test_aliases_may_be_used() -> None:
    """Anchors and merge keys are plain YAML and stay usable."""
    text = f"{_HEAD}metadata: {{name: &n one}}\nspec:\n  type: nlp\n  nodeSelector: {{a: *n}}\n"
    assert read_manifest(text).resources[0].spec.node_selector == {"a": "one"}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "there is no AgentDeployment"),
        ("# only a comment\n---\n", "there is no AgentDeployment"),
        ("a: [", "is not YAML"),
        ("a: 1\na: 2", "a is given twice"),
        ("\x00", "is not YAML"),
        (b"\xff\xfe\xff", "is not YAML"),
        ("!!python/object/apply:os.system [x]", "is not YAML: could not determine a constructor"),
        ("? {a: b}\n: c", "is not YAML"),
        ("{" * 5000, "nested too deeply"),
        ("a: &a {b: *a}", "must not hold more than"),
        ("a: &a {<<: *a}", ""),
        ("a: 2024-13-45", "holds a wrong value"),
        ("x" * (MAX_BYTES + 1), "must not be larger than"),
        ("- a\n- b", "is a list"),
    ],
)
def test_hostile_text_is_refused_in_a_sentence(text: str | bytes, part: str) -> None:
    """Whatever the text, the answer is a bounded complaint."""
    assert part in _mistakes(text)[0]


def test_growing_aliases_are_refused() -> None:
    """A text of few lines that stands for billions of values is refused before it is built."""
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "must not hold more than" in _mistakes("\n".join(lines))[0]


def test_growing_merges_are_refused() -> None:
    """Merge keys grow as aliases do."""
    lines = ["a0: &a0 {k: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 10)]
    assert "must not hold more than" in _mistakes("\n".join(lines))[0]
