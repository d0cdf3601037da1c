"""Make the reference page of the checks: ``python -m askwire.checks.reference FILE``."""

from __future__ import annotations

import sys
from pathlib import Path

from askwire.checks.report import render_reference

__all__: list[str] = []

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render_reference(), encoding="utf-8")
