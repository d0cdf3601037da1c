"""Print how the acceptance questions end, by database: ``python -m tests.questions.report [--all] [DATABASE ...]``.

Runs the acceptance tests, so it measures what they do; ``--all`` shows every question with its SQL.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).parents[2]


class ScoreCollector:
    """A pytest plugin that keeps the scores which the tests recorded."""

    def __init__(self) -> None:
        self.recorded: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the last score of each database."""
        for name, value in report.user_properties:
            if name.startswith("score of "):
                self.recorded[name] = str(value)


def main(arguments: list[str]) -> int:
    """Run the tests, print the tables, and return pytest's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.questions.report", description=__doc__)
    parser.add_argument("databases", nargs="*", metavar="DATABASE", help="all when none is named")
    parser.add_argument("--all", action="store_true", help="show every question with its SQL")
    options = parser.parse_args(arguments)
    collector = ScoreCollector()
    chosen = ["-k", " or ".join(options.databases)] if options.databases else []
    tests = str(ROOT / "tests" / "test_questions.py")
    status = int(pytest.main([tests, "-q", "--tb=no", "-p", "no:randomly", *chosen], plugins=[collector]))
    from questions.scores import DatabaseScore, count_table, question_table  # importable once pytest read conftest.py

    scores = [msgspec.json.decode(text, type=DatabaseScore) for _, text in sorted(collector.recorded.items())]
    if options.all:
        for score in scores:
            sys.stdout.write(f"\n== {score.database}\n{question_table([*score.questions, *score.unanswerable])}\n")
    sys.stdout.write(f"\n{count_table(scores)}\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
