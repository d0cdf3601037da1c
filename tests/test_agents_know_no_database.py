"""The agents serve any database: none of those that the acceptance questions are asked of is named in them."""

from __future__ import annotations

import re
from pathlib import Path

NAMES = re.compile(r"chinook|northwind|(?<![a-z])shops?(?![a-z])", re.IGNORECASE)
IGNORED_FOLDERS = {"__pycache__", "build", "dist"}


def test_no_database_is_named_in_the_agents() -> None:
    """No line of the agents' sources, tests, settings or texts holds the name of a known database."""
    agents = Path(__file__).parents[1] / "agents"
    files = [
        path
        for path in sorted(agents.rglob("*"))
        if path.is_file() and not IGNORED_FOLDERS.intersection(path.parts) and b"\0" not in path.read_bytes()
    ]
    found = [
        f"{path.relative_to(agents.parent)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if NAMES.search(line)
    ]
    assert any(path.suffix == ".py" for path in files)
    assert not found, "\n".join(found)
