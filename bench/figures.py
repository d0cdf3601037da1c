"""A figure, the table of figures, and where it is kept."""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import platform
from pathlib import Path

__all__ = ["Figure", "keep", "show"]

_RESULTS = Path(__file__).parent / "results"


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; ``promised`` is an upper bound unless ``at_least``."""

    name: str
    measured: float
    unit: str
    promised: float | None
    at_least: bool = False

    def line(self) -> str:
        """Return the line as Markdown."""
        if self.promised is None:
            return f"| {self.name} | {self.measured:.3g} | {self.unit} | | |"
        good = self.measured >= self.promised if self.at_least else self.measured <= self.promised
        limit = f"{'≥' if self.at_least else '≤'} {self.promised:g}"
        return f"| {self.name} | {self.measured:.3g} | {self.unit} | {limit} | {'yes' if good else '**no**'} |"


def show(figures: list[Figure]) -> None:
    """Print the table."""
    print("\n| figure | measured | unit | promised | kept |", "| --- | --- | --- | --- | --- |", sep="\n")
    print("\n".join(figure.line() for figure in figures))


def keep(name: str, figures: list[Figure]) -> None:
    """Write the figures to ``bench/results``, with what they were measured on."""
    now = datetime.datetime.now(datetime.UTC)
    kept = {
        "at": now.isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "figures": [dataclasses.asdict(figure) for figure in figures],
    }
    _RESULTS.mkdir(exist_ok=True)
    (_RESULTS / f"{name}-{now:%Y%m%dT%H%M%SZ}.json").write_text(json.dumps(kept, indent=1) + "\n")
