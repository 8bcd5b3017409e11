# Everything runs in a virtual environment of its own (.venv): nothing has to be installed by hand but Python 3.11.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= auto

.PHONY: help demo test lint check servers bench costs chaos reference clean
help:  ## Show this list.
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(BIN)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lint]'
	@touch $@

demo: $(BIN)/.installed  ## Watch real events of a token server become mails and SMS; ends by itself.
	$(BIN)/notifier demo

test: $(BIN)/.installed  ## The whole suite: unit, contract, integration, acceptance, fuzz.
	$(BIN)/python -m pytest -n $(WORKERS)

lint: $(BIN)/.installed  ## Formatter, linter, types, architecture.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test  ## What has to be green before a commit.

servers:  ## Unpack Postfix, OpenSMTPD and Kannel for the tests into .servers/ (Debian, Ubuntu); installs nothing.
	.ci/servers

$(BIN)/.plots: $(BIN)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

bench: $(BIN)/.plots  ## Measure beside bare Celery, smtplib and Redis into build/ (8 minutes; BENCH="--scale 0.1" or "--only drain --repeat 5").
	PYTHONPATH=tests:tests/support:. $(BIN)/python -m benchmarks $(BENCH)

costs: $(BIN)/.installed  ## Print what single parts cost; nothing is asserted.
	$(BIN)/python -m pytest tests/benchmarks -s -p no:xdist --timeout 600

chaos: $(BIN)/.installed  ## Kill workers and Redis through 2,000 deliveries, and count (about 5 minutes; CHAOS="--seed 1 --kills 20").
	PYTHONPATH=tests:tests/support $(BIN)/python -m chaos $(CHAOS)

reference: $(BIN)/.installed  ## Write the blocks of docs/reference/ and docs/hostile-peers.md from the code.
	$(BIN)/python docs/reference/generate.py
	$(BIN)/python -m notifier.testing.hostile_peers > docs/hostile-peers.md

clean:  ## Remove what the targets above made.
	rm -rf $(VENV) .servers build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
