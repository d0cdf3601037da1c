"""The published schemas are fresh, hold what agents and backend really speak, and are good AsyncAPI."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.node_packages import install_node_packages, run_node

from askwire_agent import Agent
from askwire_backend.requests import PASSED_TYPES, Requests
from askwire_backend.service import BackendService
from askwire_data.handler import build as build_data
from askwire_nlp.handler import build as build_nlp
from askwire_protocol.envelope import CONTROL_TYPES
from askwire_protocol.schema.files import PORT_FILES, render_files
from askwire_protocol.schema.table import MESSAGES, Kind, Port
from askwire_resources.settings import BackendSettings, DataSettings, NlpSettings, VizSettings
from askwire_viz.handler import build as build_viz

ROOT = Path(__file__).parents[1]
SCHEMAS = ROOT / "docs" / "schema"
ASYNCAPI = sorted((SCHEMAS / "asyncapi").glob("*.json"))
CHECK = Path(__file__).parent / "node" / "asyncapi"


def _requests_of(port: Port) -> dict[str, str | None]:
    return {row.type: row.answer_type for row in MESSAGES if row.kind is Kind.REQUEST and port in row.ports}


def test_the_files_are_fresh() -> None:
    """`python -m askwire_protocol.schema` was run after the last change of the messages; no file is left over."""
    written = {path.relative_to(SCHEMAS).as_posix(): path.read_text("utf-8") for path in SCHEMAS.rglob("*.json")}
    made = render_files()

    assert sorted(written) == sorted(made)
    assert [name for name in made if written[name] != made[name]] == []


@pytest.mark.parametrize(
    ("port", "agent"),
    [
        (Port.NLP, build_nlp(NlpSettings())),
        (Port.DATA, build_data(DataSettings())),
        (Port.VIZ, build_viz(VizSettings())),
    ],
)
def test_an_agent_answers_what_its_document_says(port: Port, agent: Agent) -> None:
    """The requests of the table are the types that the agent has handlers for, with the same answers."""
    assert {name: handler.info.answer for name, handler in agent.handlers.items()} == _requests_of(port)


def test_the_backend_answers_what_its_document_says() -> None:
    """The requests of the table are the types that people may send."""
    requests: Requests = BackendService(BackendSettings())._requests

    assert set(requests.types) == set(_requests_of(Port.BACKEND))
    assert set(PASSED_TYPES) < set(requests.types)


def test_control_messages_are_those_of_the_protocol() -> None:
    """What every peer answers at once is in the table as such."""
    rows = {row.type for row in MESSAGES if row.kind in (Kind.CONTROL, Kind.HEARTBEAT)}

    assert rows == {*CONTROL_TYPES, "hello"}


@pytest.fixture(scope="module")
def parser() -> Path:
    """The folder with the AsyncAPI initiative's parser."""
    return install_node_packages(CHECK)


@pytest.mark.timeout(300)  # the first run downloads the parser
def test_the_documents_are_good_asyncapi(parser: Path) -> None:
    """The parser of the AsyncAPI initiative finds nothing to say about them."""
    done = run_node(parser, "check.mjs", *map(str, ASYNCAPI))

    assert len(ASYNCAPI) == len(PORT_FILES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == len(ASYNCAPI), done.stdout


@pytest.mark.timeout(300)
def test_the_parser_looks_at_the_whole(parser: Path, tmp_path: Path) -> None:
    """A reference that leads nowhere, and a payload that is no schema, are found."""
    text = (SCHEMAS / "asyncapi" / "nlp.json").read_text("utf-8")
    lost_reference, no_schema = json.loads(text), json.loads(text)
    lost_reference["operations"]["receive_nlp_query"]["reply"]["messages"][0]["$ref"] += "_absent"
    no_schema["components"]["schemas"]["NlpQuery"]["type"] = "thing"
    damaged = {tmp_path / "reference.json": lost_reference, tmp_path / "schema.json": no_schema}
    for path, document in damaged.items():
        path.write_text(json.dumps(document), encoding="utf-8")

    done = run_node(parser, "check.mjs", *map(str, damaged))

    assert done.returncode == 1, done.stdout + done.stderr
    assert [path.name for path in damaged if f"{path}: error" not in done.stdout] == []
