"""``askwire check --conformance`` as a person or a pipeline uses it, against an agent of protocol 1.0."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from peers_1_0.agent import running_agent

from askwire.failures import ExitCode
from askwire.main import run


@pytest.fixture
def agent_url() -> Iterator[str]:
    """The address of an agent of protocol 1.0 that runs in a thread, as the command has a loop of its own."""
    loop = asyncio.new_event_loop()
    serving = running_agent()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result(10)
        asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_table_names_every_rule_and_the_verdict(agent_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each case with its rule, and at the end how many passed; code 0."""
    assert run(["check", "--conformance", agent_url, "--level", "1.0"]) == ExitCode.OK
    said = capsys.readouterr().out
    assert "✓ 1.0 one-outcome  A request has exactly one outcome" in said
    assert f"the agent at {agent_url} keeps level 1.0: 30 of 30 cases passed, 0 failed, 0 skipped." in said


def test_failures_say_what_was_expected_and_found(agent_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An agent of 1.0 does not keep 1.1: code 1, and `short` shows only what failed."""
    assert run(["check", "--conformance", agent_url, "-o", "short"]) == ExitCode.FAILED
    said = capsys.readouterr().out
    assert "✗ 1.1 error-names-request" in said
    assert "expected: response_to conformance-3\n      found:    {" in said
    assert "✓" not in said
    assert "docs/reference/conformance.md" in said


def test_json_is_for_programs(agent_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole report, with the verdict."""
    run(["check", "--conformance", agent_url, "--level", "1.0", "-o", "json"])
    report = json.loads(capsys.readouterr().out)
    assert (report["conformant"], report["level"], report["agent_type"]) == (True, "1.0", "data")
    assert {case["result"] for case in report["cases"]} == {"passed"}


def test_junit_is_for_pipelines(agent_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """XML with a test case for each rule, its failure inside."""
    assert run(["check", "--conformance", agent_url, "-o", "junit"]) == ExitCode.FAILED
    suite = ElementTree.fromstring(capsys.readouterr().out)  # noqa: S314 - our own output
    failed = [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None]
    assert "error-names-request" in failed
    assert len(failed) == int(suite.get("failures", "0"))


def test_nobody_there_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """The handshake fails, the rest rests on it."""
    assert run(["check", "--conformance", "ws://127.0.0.1:1", "-o", "json"]) == ExitCode.FAILED
    report = json.loads(capsys.readouterr().out)
    assert [case["id"] for case in report["cases"] if case["result"] == "failed"] == ["handshake"]
    assert "refused" in report["cases"][0]["found"] or "Connect call failed" in report["cases"][0]["found"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--conformance", "localhost:8011"], "must begin with ws://"),
        (["--conformance", "ws://a", "--http-url", "a:1"], "must begin with http://"),
        (["--conformance", "ws://a", "--samples", "/no/such"], "The file /no/such cannot be read"),
        (["-o", "junit"], "-o junit goes with --conformance."),
    ],
)
def test_wrong_use_is_a_sentence(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Code 2, and nothing is sent."""
    assert run(["check", *arguments]) == ExitCode.USAGE
    assert sentence in capsys.readouterr().err


def test_samples_of_another_form_are_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt name in the file is said, not passed over."""
    file = tmp_path / "samples.json"
    file.write_text('{"requests": {}}')
    assert run(["check", "--conformance", "ws://127.0.0.1:1", "--samples", str(file)]) == ExitCode.USAGE
    assert "holds no samples" in capsys.readouterr().err
