"""Answers as people see them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from askwire.agent_table import describe_absence, find_absences, find_degraded, make_agent_table
from askwire.answers import format_value, show_answer, show_choices, show_refusal
from askwire.chart_files import choose_format
from askwire.console import make_console
from askwire.failures import CommandFailed, ExitCode
from askwire_protocol.messages import AskAnswer, Choice, Explained

from .conftest import make_answer, make_status, make_table


def _shown(answer: AskAnswer, **options: object) -> str:
    stream = io.StringIO()
    show_answer(make_console(stream), answer, **options)  # type: ignore[arg-type]
    return stream.getvalue()


def test_rows_are_a_table_with_its_time() -> None:
    """Columns, rows, and one line that says how many there are and what took the time."""
    lines = _shown(make_answer()).splitlines()
    assert lines[2].split() == ["name", "n"]
    assert [line.split() for line in lines[4:6]] == [["Iliad", "3"], ["–", "4"]]
    assert lines[-1] == "2 rows in 12 ms (words 5 ms, rows 3 ms)"


def test_sql_and_explanation_come_first() -> None:
    """The way from words to SQL is never hidden."""
    answer = make_answer(explanation=(Explained(words="books", meaning="table book", evidence="name"),))
    assert "SELECT name, n\nFROM book\n  books → table book\n" in _shown(answer)


def test_assumptions_are_always_shown() -> None:
    """An answer never hides what it took for granted."""
    assert "Assumed: year means 2025" in _shown(make_answer(assumptions=("year means 2025",)))


def test_cut_results_say_so() -> None:
    """Neither the limit of the agent nor that of the screen goes unsaid."""
    lines = _shown(make_answer(truncated=True), max_rows=1, rest_hint="ask again").splitlines()
    assert lines[-2].startswith("2 rows (cut by the limit: there are more) in 12 ms")
    assert lines[-1] == "… 1 more row (ask again)"


def test_data_cannot_steer_the_terminal() -> None:
    """Escape sequences in names, rows and SQL arrive as plain text."""
    answer = make_answer(rows=[["\x1b[2J", 1]], row_count=1, sql="SELECT '\x1b[2J'")
    assert "\x1b" not in _shown(answer)


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (True, "true"), (1.5, "1.5"), ("a\nb", "a⏎b")])
def test_values(value: object, text: str) -> None:
    """A value is one line."""
    assert format_value(value) == text


def test_choices_and_refusals() -> None:
    """A question back is numbered; a refusal names the words."""
    stream = io.StringIO()
    console = make_console(stream)
    choices = (Choice(id="a", label="by order", sql="SELECT 1"), Choice(id="b", label="by delivery", sql="SELECT 2"))
    show_choices(console, make_answer(outcome="input_required", choices=choices, reason="Which date?"))
    show_refusal(console, make_answer(outcome="refused", reason="unclear", not_understood=("frobnicate",)))
    assert stream.getvalue().splitlines() == [
        "Which date?",
        "  1. by order",
        "  2. by delivery",
        "No answer: unclear",
        "Not understood: “frobnicate”",
    ]


def test_absences_are_sentences() -> None:
    """Whoever is missing is named with its state, since when, and why."""
    lost = make_status("data", state="lost", since_s=130.0, last_heartbeat_age_s=150.0, last_error="closed")
    table = make_table(make_status("nlp"), lost)
    assert find_absences(table) == (
        "data-agent at ws://127.0.0.1:80data is lost for 2 min, last heartbeat 2 min ago: closed.",
        "No viz agent is known to the backend.",
    )
    never = make_status("viz", state="connecting", since_s=None, last_heartbeat_age_s=None)
    assert describe_absence(never) == "viz-agent at ws://127.0.0.1:80viz is connecting, never heard."
    assert find_absences(make_table()) == ()


def test_degraded_agents_are_told_with_their_problem() -> None:
    """An agent that answers and cannot work is no absence, and yet not well."""
    degraded = make_status("data", status="degraded", problem="database: refused.")
    mute = make_status("viz", status="degraded")
    table = make_table(make_status("nlp", status="overloaded"), degraded, mute, make_status("viz", state="lost"))
    assert find_degraded(table) == (
        "data-agent at ws://127.0.0.1:80data is degraded: database: refused.",
        "viz-agent at ws://127.0.0.1:80viz is degraded: it does not say why.",
    )
    stream = io.StringIO()
    make_console(stream).print(make_agent_table(table))
    assert [line.split()[2] for line in stream.getvalue().splitlines()[2:]] == [
        "responding",
        "degraded",
        "degraded",
        "lost",
    ]


def test_agent_table_has_a_line_for_each() -> None:
    """Every replica is shown, unknown figures as a dash."""
    stream = io.StringIO()
    table = make_table(make_status("nlp"), make_status("data", rtt_ms=None, last_heartbeat_age_s=None, version=None))
    make_console(stream).print(make_agent_table(table))
    lines = [line.split() for line in stream.getvalue().splitlines()]
    assert lines[2][:9] == ["nlp-agent", "nlp", "responding", "websocket", "1.0", "s", "ago", "0.5", "ms"]
    assert lines[3][:6] == ["data-agent", "data", "responding", "websocket", "never", "–"]


def test_chart_format_comes_from_the_ending() -> None:
    """The file's name says the format; another ending is wrong use."""
    assert choose_format(Path("a.SVG")) == "svg"
    with pytest.raises(CommandFailed, match=r"must end in one of \.html, \.csv, \.svg, \.png") as caught:
        choose_format(Path("a.pdf"))
    assert caught.value.code is ExitCode.USAGE
