"""Run the data agent: ``python -m askwire_data``."""

import gc
import sys

from askwire_agent import run
from askwire_data.handler import build
from askwire_resources.settings import DataSettings

_SWITCH_S = 0.001
"""How long a thread that converts rows may keep the event loop waiting for the interpreter."""

if __name__ == "__main__":
    sys.setswitchinterval(_SWITCH_S)
    # what was imported stays to the end; full collections, in which nothing else runs, need not look at it again
    gc.collect()
    gc.freeze()
    raise SystemExit(run(DataSettings, build))
