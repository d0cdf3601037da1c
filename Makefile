# One target per need; the same on a laptop and in CI. `make` alone lists them.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
OWN    := protocol crds agents/runtime agents/nlp agents/data agents/viz backend evaluate cli
ONCE   ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

demo: $(VENV)/run.stamp  ## the whole stack with the demo shop, one question, then the page (ONCE=1: exit after it)
	@$(BIN)/askwire up --demo $(if $(ONCE),--once)

test: $(VENV)/dev.stamp  ## all tests
	@$(BIN)/python -m pytest -n 2 --cov --cov-report=term

check: $(VENV)/dev.stamp  ## format, lint, types, layers
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo

format: $(VENV)/dev.stamp  ## rewrite the sources in the house format
	@$(BIN)/ruff check --fix-only . ; $(BIN)/ruff format .

bench: $(VENV)/bench.stamp  ## measure the figures that the README promises, and the protocol against its peers
	@$(BIN)/python -m bench && $(BIN)/python -m bench.protocol

lock: $(VENV)/dev.stamp  ## resolve the dependencies anew (UPGRADE=1: to newer versions)
	@sh requirements/lock.sh

clean:  ## remove the virtual environment
	rm -rf $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Askwire needs Python 3.11 or newer")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements/run.txt $(OWN:%=%/pyproject.toml) | $(VENV)/bin/python
	@sh requirements/install.sh requirements/run.txt $(OWN) && touch $@

$(VENV)/bench.stamp: requirements/bench.txt $(VENV)/dev.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $< && touch $@

$(VENV)/dev.stamp: constraints.txt $(OWN:%=%/pyproject.toml) | $(VENV)/bin/python
	@sh requirements/install.sh constraints.txt $(OWN) && touch $@ $(VENV)/run.stamp
