# Everything here sets up .venv by itself; it needs make, git and Python 3.10 or later.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DEMO := build/demo

.PHONY: help demo test test-all coverage nightly lint bench format clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(READY): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

demo: $(READY) ## check, fix and check again a Space with made-up tokens
	@rm -rf $(DEMO)
	@$(BIN)/python -m tests.spaces chatbot $(DEMO)
	@git -C $(DEMO) init --quiet
	$(BIN)/unspill check $(DEMO) || test $$? -eq 1
	$(BIN)/unspill fix --diff $(DEMO) || test $$? -eq 1
	$(BIN)/unspill fix $(DEMO)
	$(BIN)/unspill check $(DEMO)

test: $(READY) ## the tests, without those that take minutes
	$(BIN)/python -m pytest -q -n auto -m "not slow and not editors"

test-all: $(READY) ## all tests, real editors and a minute of fuzzing too; half an hour on two processors
	$(BIN)/python -m pytest -q -n auto -m "not editors"
	$(BIN)/python -m pytest -q -m editors
	$(BIN)/python -m tests.fuzz --seconds 75 --jobs 2

coverage: $(READY) ## the lines that `make test` runs, without those that only its child processes run
	$(BIN)/python -m pytest -q -n auto -m "not slow and not editors" --cov --cov-report=term --cov-report=html:build/coverage/html

nightly: $(READY) ## hours: fuzzing, races and deaths, 5,000 projects; inputs that fail are kept in build/fuzz
	$(BIN)/python -m tests.fuzz --seconds 14400 --jobs 2 --seed "$$(date +%F)" --save build/fuzz
	$(BIN)/python -m tests.fuzz schedules --executions 250 --seed "$$(date +%F)" --save build/fuzz
	$(BIN)/python -m tests.proof --cases 5000 --jobs 2

lint: $(READY) ## ruff, strict mypy (the tests too), dead links, unspill on itself
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tools.links
	$(BIN)/unspill check .

bench: $(READY) ## speed, side by side with other scanners (a few minutes)
	$(BIN)/python -m tests.bench

format: $(READY) ## let ruff lay out the code, and list the languages wherever they are listed
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .
	$(BIN)/python -m tools.languages

clean: ## remove what the targets above made
	rm -rf .venv build dist
