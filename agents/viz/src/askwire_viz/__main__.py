"""Run the viz agent: ``python -m askwire_viz``."""

from __future__ import annotations

from askwire_agent import run
from askwire_resources.settings import VizSettings
from askwire_viz.handler import build

if __name__ == "__main__":
    raise SystemExit(run(VizSettings, build))
