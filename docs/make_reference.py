"""Make every generated part of the documentation anew: ``python docs/make_reference.py``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from askwire.checks.report import render_reference
from askwire_agent.metrics import Metrics as AgentMetrics
from askwire_backend.metrics import Metrics as BackendMetrics
from askwire_protocol.reference import render_parts as render_protocol_parts
from askwire_protocol.reference import replace_parts
from askwire_resources.reference import render_pages

REFERENCE = Path(__file__).parent / "reference"


def render_all() -> dict[str, str]:
    """Return the text that every page of the reference with generated parts should have, by file name."""
    pages = {**render_pages(), "checks.md": render_reference()}
    for name, parts in (("protocol.md", render_protocol_parts()), ("metrics.md", render_metrics_parts())):
        pages[name] = replace_parts((REFERENCE / name).read_text(encoding="utf-8"), parts)
    return pages


def render_metrics_parts() -> dict[str, str]:
    """Return the tables of metrics, made from the instruments themselves."""
    return {
        "agent": "\n".join(_metric_rows(AgentMetrics())) + "\n",
        "backend": "\n".join(_metric_rows(BackendMetrics())) + "\n",
    }


def _metric_rows(metrics: object) -> Iterator[str]:
    yield "| metric | kind | labels | meaning |"
    yield "|---|---|---|---|"
    for instrument in vars(metrics).values():
        if not hasattr(instrument, "describe"):
            continue  # the registry itself
        for family in instrument.describe():
            yield f"| `{_exposed_name(family)}` | {family.type} | {_labels(instrument)} | {family.documentation} |"


def _exposed_name(family: Any) -> str:
    return f"{family.name}_total" if family.type == "counter" else str(family.name)


def _labels(instrument: Any) -> str:
    names = instrument._labelnames  # noqa: SLF001 - the library has no public way to them
    return ", ".join(f"`{name}`" for name in names) or "–"


def main() -> int:
    """Write the pages; returns the exit code."""
    for name, text in render_all().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(render_all())} pages made in {REFERENCE}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
