"""Make every generated part of the documentation anew: ``python docs/make_reference.py``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from askwire.checks.report import render_reference
from askwire.reference import render_command_line
from askwire_agent.metrics import Metrics as AgentMetrics
from askwire_backend.metrics import Metrics as BackendMetrics
from askwire_protocol.conformance.reference import render_page as render_conformance
from askwire_protocol.reference import render_parts as render_protocol_parts
from askwire_protocol.reference import replace_parts
from askwire_protocol.schema.__main__ import main as write_schemas
from askwire_resources.reference import render_pages

DOCS = Path(__file__).parent
EXAMPLE = DOCS / "examples" / "number_summary_agent.py"


def render_all() -> dict[Path, str]:
    """Return the text that every page with generated parts should have."""
    whole = {
        **render_pages(),
        "checks.md": render_reference(),
        "command-line.md": render_command_line(),
        "conformance.md": render_conformance(),
    }
    pages = {DOCS / "reference" / name: text for name, text in whole.items()}
    for name, parts in (
        ("reference/protocol.md", render_protocol_parts()),
        ("reference/metrics.md", render_metrics_parts()),
        ("how-to/write-an-agent.md", {"example": f"```python\n{EXAMPLE.read_text(encoding='utf-8')}```\n"}),
    ):
        pages[DOCS / name] = replace_parts((DOCS / name).read_text(encoding="utf-8"), parts)
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
    pages = render_all()
    for page, text in pages.items():
        page.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(pages)} pages made in {DOCS}\n")
    return write_schemas([str(DOCS / "schema")])


if __name__ == "__main__":
    raise SystemExit(main())
