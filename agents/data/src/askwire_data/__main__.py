"""Run the data agent: ``python -m askwire_data``."""

import sys

from askwire_agent import run
from askwire_data.handler import build
from askwire_resources.settings import DataSettings

_SWITCH_S = 0.001
"""How long a thread that converts rows may keep the event loop waiting for the interpreter."""

if __name__ == "__main__":
    sys.setswitchinterval(_SWITCH_S)
    raise SystemExit(run(DataSettings, build))
