"""The examples of the documentation do what the pages say, on a whole stack that is started for them.

``ASKWIRE_UPDATE_DOCS=1`` writes what came into the pages instead of failing; read the difference before you keep it.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientSession
from support.doc_examples import Stage, find_examples, is_same, play, with_outputs

from askwire.demo.ports import find_free_port
from askwire_protocol.client import connect
from askwire_protocol.errors import ErrorCode, RequestFailed

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
EXAMPLE = DOCS / "examples" / "number_summary_agent.py"
SAMPLE = ROOT / "crds" / "src" / "askwire_resources" / "samples" / "demo.yaml"
USUAL_PORTS = (8000, 8001, 8002, 8003, 8004, 8009, 8010, 8011, 8012, 8013)
START_S = 45.0


class Summary(msgspec.Struct):
    """The answer of the example's agent."""

    count: int
    mean: float


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A running stack with the demo shop and the example's agent, on ports and in a folder of its own."""
    # not pytest's own temporary folder: the account that runs root's PostgreSQL can't reach that one
    folder = Path(tempfile.mkdtemp(prefix="askwire-docs-"))
    folder.chmod(0o755)
    (folder / "state").mkdir()
    (folder / "state").chmod(0o711)  # else the data of root's PostgreSQL would lie elsewhere, and stay
    ports = {usual: find_free_port() for usual in USUAL_PORTS}
    environment = _environment(folder)
    made = Stage(folder, environment, ports)
    (folder / "manifest.yaml").write_text(_manifest(ports), encoding="utf-8")
    processes = [
        _start(["askwire", "up", "-f", "manifest.yaml"], made, "up.log"),
        _start(
            ["python", str(EXAMPLE)],
            Stage(folder, {**environment, "WEBSOCKET_PORT": str(ports[8010]), "HTTP_PORT": str(ports[8009])}, ports),
            "agent.log",
        ),
    ]
    try:
        _wait_for(folder / "up.log", "Page:", processes[0])
        _wait_for(folder / "agent.log", "agent started", processes[1])
        _wait_for_catalog(made)
        yield made
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def test_examples_of_the_pages_are_true(stage: Stage) -> None:
    """Every console block gives what its page shows."""
    wrong: list[str] = []
    for page in (*sorted(DOCS.rglob("*.md")), ROOT / "README.md"):
        text = page.read_text(encoding="utf-8")
        played = list(play(list(find_examples(str(page.relative_to(ROOT)), text)), stage))
        different = [one for one in played if not one.is_same]
        if os.environ.get("ASKWIRE_UPDATE_DOCS"):
            outputs = {one.example.line: one.lines for one in different if one.example.url is None}
            page.write_text(with_outputs(text, outputs), encoding="utf-8")
        else:
            wrong += [one.explain() for one in different]

    assert not wrong, "\n".join(wrong)


async def test_agent_of_the_page_answers(stage: Stage) -> None:
    """The agent of "Write an agent" answers over WebSocket and HTTP, and refuses what its type does not allow."""
    async with connect(f"ws://127.0.0.1:{stage.ports[8010]}") as link:
        answer = await link.request("summarize_numbers", {"values": [1, 2, 6]}, answer=Summary, deadline_s=5)
        with pytest.raises(RequestFailed) as refused:
            await link.request("summarize_numbers", {"values": []}, answer=Summary, deadline_s=5)
    async with ClientSession() as session:
        message = {"type": "summarize_numbers", "message_id": "1", "data": {"values": [4]}}
        async with session.post(f"http://127.0.0.1:{stage.ports[8009]}/v1/messages", json=message) as response:
            over_http = msgspec.json.decode(await response.read())

    assert answer == Summary(3, 3.0)
    assert refused.value.code is ErrorCode.INVALID_ARGUMENT
    assert over_http["data"] == {"count": 1, "mean": 4.0}


def test_agent_of_the_page_is_short() -> None:
    """The whole agent has at most 30 lines that are not empty."""
    lines = [line for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if line.strip()]

    assert len(lines) <= 30


def test_differences_that_matter_are_seen() -> None:
    """Times and ids may differ, numbers and words may not; an ellipsis stands for anything."""
    assert is_same(("1 row in 12 ms",), ("1 row in 5.1 ms",))
    assert is_same(("b", "a"), ("a", "b"))
    assert is_same(('{"a":…,"b":2}',), ('{"a":[1,2],"b":2}',))
    assert not is_same(("4000",), ("4001",))
    assert not is_same(("a…",), ("a", "b"))


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "PYTHONUTF8": "1", "COLUMNS": "200", "ASKWIRE_HOME": str(folder / "state")}


def _manifest(ports: dict[int, int]) -> str:
    text = SAMPLE.read_text(encoding="utf-8")
    for usual, free in ports.items():
        text = text.replace(f"port: {usual}", f"port: {free}").replace(f"Port: {usual}", f"Port: {free}")
    return text


def _start(command: list[str], stage: Stage, log: str) -> subprocess.Popen[bytes]:
    with (stage.folder / log).open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=stage.folder,
            env=dict(stage.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_for(log: Path, text: str, process: subprocess.Popen[bytes]) -> None:
    ends_s = time.monotonic() + START_S
    while text not in (said := log.read_text(encoding="utf-8")):
        assert process.poll() is None, said
        assert time.monotonic() < ends_s, said
        time.sleep(0.05)


def _wait_for_catalog(stage: Stage) -> None:
    """Wait until the NLP agent has the catalog: the first answer through the whole stack."""
    command = ["askwire", "ask", "How many customers are there?"]
    for _ in itertools.repeat(None, 20):
        done = subprocess.run(command, cwd=stage.folder, env=dict(stage.environment), capture_output=True, check=False)
        if done.returncode == 0:
            return
        time.sleep(0.2)
    pytest.fail(done.stderr.decode())
