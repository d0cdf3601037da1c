"""The verbs that talk to a backend: ask, status, agents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from askwire.failures import ExitCode
from askwire.main import run
from askwire_protocol.errors import ErrorCode
from askwire_protocol.messages import ChartAnswer, Choice


def test_ask_prints_the_rows(small_backend: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The words of the command line are the question; standard output has SQL and rows, and nothing else."""
    assert run(["ask", "how", "many", "books?", "--url", small_backend.url]) == 0
    assert small_backend.asked[0].question == "how many books?"
    assert not small_backend.asked[0].chart
    captured = capsys.readouterr()
    assert captured.out.startswith("SELECT name, n\nFROM book\n")
    assert "Iliad" in captured.out
    assert captured.err == ""


def test_ask_prints_the_sql_alone(small_backend: Any, samples: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """`--sql` is for other programs, so what was assumed goes to standard error."""
    small_backend.answer = lambda _: samples.answer(assumptions=("year means 2025",))
    assert run(["ask", "q", "--sql", "--url", small_backend.url]) == 0
    captured = capsys.readouterr()
    assert captured.out == "SELECT name, n\nFROM book\n"
    assert captured.err == "Assumed: year means 2025\n"


def test_ask_prints_fifty_rows_unless_told_otherwise(
    small_backend: Any, samples: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rule is the same for a terminal and a pipe; the last line says how to get the rest."""
    rows = [[f"book {number}", number] for number in range(10_000)]
    small_backend.answer = lambda _: samples.answer(rows=rows, row_count=len(rows))
    assert run(["ask", "q", "--url", small_backend.url]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("book ") for line in lines) == 50
    assert lines[-2].startswith("10,000 rows in ")
    assert lines[-1] == "… 9,950 more rows (--rows 0 shows all, --chart FILE.csv writes them)"
    for wanted, printed in (("0", 10_000), ("3", 3), ("20000", 10_000)):
        assert run(["ask", "q", "--rows", wanted, "--url", small_backend.url]) == 0
        assert capsys.readouterr().out.count("book ") == printed


def test_ask_as_json(small_backend: Any, samples: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A program gets the whole answer, whatever the outcome."""
    small_backend.answer = lambda _: samples.answer(outcome="refused", reason="unclear", columns=(), rows=[])
    assert run(["ask", "q", "--json", "--url", small_backend.url]) == ExitCode.FAILED
    assert json.loads(capsys.readouterr().out)["reason"] == "unclear"


def test_refusal_is_code_1(small_backend: Any, samples: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A refused question says why."""
    small_backend.answer = lambda _: samples.answer(outcome="refused", reason="unclear", not_understood=("x",))
    assert run(["ask", "q", "--url", small_backend.url]) == ExitCode.FAILED
    assert capsys.readouterr().out == "No answer: unclear\nNot understood: “x”\n"


@pytest.mark.parametrize("words", [[""], [" ", ""]])
def test_empty_question_is_wrong_use(words: list[str], small_backend: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is sent where nothing was asked."""
    assert run(["ask", *words, "--url", small_backend.url]) == ExitCode.USAGE
    assert capsys.readouterr().err == "Error: The question is empty.\n"
    assert small_backend.asked == []


def test_words_that_the_reason_names_are_not_repeated(
    small_backend: Any, samples: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each word that was not understood is said once."""
    reason = "The word “X” is unclear."
    small_backend.answer = lambda _: samples.answer(outcome="refused", reason=reason, not_understood=("x", "word y"))
    assert run(["ask", "q", "--url", small_backend.url]) == ExitCode.FAILED
    assert capsys.readouterr().out == f"No answer: {reason}\nNot understood: “word y”\n"


def test_choice_that_was_not_needed_is_told(small_backend: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever chose a reading learns that there was none to choose."""
    assert run(["ask", "q", "--choose", "2", "--url", small_backend.url]) == 0
    assert capsys.readouterr().err == "--choose 2 was not used: the question was answered without asking back.\n"


def test_error_is_code_1(small_backend: Any, samples: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """An error of the backend is one sentence with its code."""
    small_backend.answer = samples.failing(ErrorCode.NO_AGENT, "no data agent")
    assert run(["ask", "q", "--url", small_backend.url]) == ExitCode.FAILED
    assert capsys.readouterr().err == "Error: The backend answered NO_AGENT: no data agent\n"


def test_question_back_is_shown_and_can_be_chosen(
    small_backend: Any, samples: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a terminal the readings are listed; `--choose` takes one, with the context of the first answer."""
    choices = (Choice(id="a", label="by order", sql="SELECT 1"), Choice(id="b", label="by delivery", sql="SELECT 2"))
    back = samples.answer(outcome="input_required", choices=choices, reason="Which date?", context={"turn": 1})
    small_backend.answer = lambda ask: samples.answer() if ask.answers else back
    assert run(["ask", "q", "--url", small_backend.url]) == ExitCode.FAILED
    assert "  2. by delivery\nChoose one with --choose N.\n" in capsys.readouterr().out
    assert run(["ask", "q", "--choose", "2", "--url", small_backend.url]) == 0
    again = small_backend.asked[-1]
    assert (again.answers[0].id, again.context) == ("b", {"turn": 1})
    assert run(["ask", "q", "--choose", "3", "--url", small_backend.url]) == ExitCode.USAGE


def test_chart_is_written_to_the_file(
    small_backend: Any, samples: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file's ending is the format, and the chart that was shown is the one that is exported."""
    chart = ChartAnswer(chart_type="bar", reason="few rows", item={"doc": 1})
    small_backend.answer = lambda _: samples.answer(chart=chart)
    file = tmp_path / "chart.html"
    assert run(["ask", "q", "--chart", str(file), "--url", small_backend.url]) == 0
    assert file.read_bytes() == b"<html>chart</html>"
    assert small_backend.asked[0].chart
    export = small_backend.exported[0]
    assert (export.format, export.item, len(export.rows)) == ("html", {"doc": 1}, 2)
    assert capsys.readouterr().err == f"Wrote {file}\n"


@pytest.mark.parametrize(
    ("file", "code", "sentence"),
    [
        ("chart.pdf", ExitCode.USAGE, "must end in one of"),
        ("missing/chart.html", ExitCode.FAILED, "cannot be written: No such file or directory."),
    ],
)
def test_bad_chart_files(
    file: str, code: int, sentence: str, small_backend: Any, samples: Any, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """A file that cannot be is one sentence."""
    chart = ChartAnswer(chart_type="bar", reason="few rows", item={"doc": 1})
    small_backend.answer = lambda _: samples.answer(chart=chart)
    assert run(["ask", "q", "--chart", str(tmp_path / file), "--url", small_backend.url]) == code
    assert sentence in capsys.readouterr().err


def test_answer_without_a_chart_says_why(
    small_backend: Any, samples: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rows are shown all the same, and the code says that the file is not there."""
    small_backend.answer = lambda _: samples.answer(chart_error="the viz agent is away.")
    assert run(["ask", "q", "--chart", str(tmp_path / "c.html"), "--url", small_backend.url]) == ExitCode.FAILED
    captured = capsys.readouterr()
    assert "Iliad" in captured.out
    assert "There is no chart to write: the viz agent is away.\n" in captured.err


@pytest.mark.parametrize(
    ("reason", "said"),
    [("A table: no column holds numbers to draw.", "no column holds numbers to draw"), ("One number.", "one number")],
)
def test_rows_without_a_picture_are_told(
    reason: str, said: str, small_backend: Any, samples: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A result that is a table or a number has no picture; which files it has instead is said. A page can be made."""
    chart = ChartAnswer(chart_type="table", reason=reason)
    small_backend.answer = lambda _: samples.answer(chart=chart)
    for ending in ("svg", "png"):
        assert (
            run(["ask", "q", "--chart", str(tmp_path / f"c.{ending}"), "--url", small_backend.url]) == ExitCode.FAILED
        )
        assert capsys.readouterr().err == f"Error: These rows make no picture ({said}): try --chart c.csv or .html.\n"
    assert small_backend.exported == []
    assert run(["ask", "q", "--chart", str(tmp_path / "c.html"), "--url", small_backend.url]) == 0


def test_failed_export_is_a_sentence(
    small_backend: Any, samples: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the viz agent says reaches the person."""
    chart = ChartAnswer(chart_type="bar", reason="few rows", item={"doc": 1})
    small_backend.answer = lambda _: samples.answer(chart=chart)
    small_backend.export = samples.failing(ErrorCode.CHART_FAILED, "No Chromium here.")
    assert run(["ask", "q", "--chart", str(tmp_path / "c.png"), "--url", small_backend.url]) == ExitCode.FAILED
    assert "The chart could not be exported: No Chromium here.\n" in capsys.readouterr().err


def test_status_is_0_only_when_all_respond(
    small_backend: Any, samples: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Scripts can rely on the code, people on the sentence."""
    assert run(["status", "--url", small_backend.url]) == 0
    assert "All 3 agents answer heartbeats." in capsys.readouterr().out
    small_backend.table = samples.table(samples.status("nlp"), samples.status("data", state="lost"))
    assert run(["status", "--url", small_backend.url]) == ExitCode.FAILED
    text = capsys.readouterr().out
    assert "data-agent at ws://127.0.0.1:80data is lost" in text
    assert "No viz agent is known" in text


@pytest.mark.parametrize("verb", ["status", "agents"])
def test_degraded_agent_is_code_1(
    verb: str, small_backend: Any, samples: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """An agent that answers heartbeats and cannot work is shown below the table, with the reason."""
    degraded = samples.status("data", status="degraded", problem="database: refused")
    small_backend.table = samples.table(samples.status("nlp"), degraded, samples.status("viz"))
    assert run([verb, "--url", small_backend.url]) == ExitCode.FAILED
    text = capsys.readouterr().out
    assert "data-agent at ws://127.0.0.1:80data is degraded: database: refused.\n" in text
    assert "answer heartbeats" not in text


def test_agents_as_json(small_backend: Any, samples: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Programs get the backend's own table."""
    assert run(["agents", "-o", "json", "--url", small_backend.url]) == 0
    assert json.loads(capsys.readouterr().out)["agents"][0]["agent"] == "nlp-agent"
    small_backend.table = samples.table(samples.status("nlp", state="suspect"))
    assert run(["agents", "--url", small_backend.url]) == ExitCode.FAILED
