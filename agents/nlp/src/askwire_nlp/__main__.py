"""Run the NLP agent: ``python -m askwire_nlp``."""

from askwire_agent import run
from askwire_nlp.handler import build
from askwire_resources.settings import NlpSettings

if __name__ == "__main__":
    raise SystemExit(run(NlpSettings, build))
