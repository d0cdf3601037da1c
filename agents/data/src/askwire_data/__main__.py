"""Run the data agent: ``python -m askwire_data``."""

from askwire_agent import run
from askwire_data.handler import build
from askwire_resources.settings import DataSettings

if __name__ == "__main__":
    raise SystemExit(run(DataSettings, build))
