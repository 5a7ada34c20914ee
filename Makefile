# Everything here sets up .venv by itself; it needs make, git and Python 3.10 or later.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DEMO := build/demo

.PHONY: help demo test test-all coverage nightly lint bench format clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(READY): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

demo: $(READY) ## check, fix and recheck a Space with fake tokens
	@rm -rf $(DEMO)
	@$(BIN)/python -m tests.spaces chatbot $(DEMO)
	@git -C $(DEMO) init --quiet
	$(BIN)/unspill check $(DEMO) || test $$? -eq 1
	$(BIN)/unspill fix --diff $(DEMO) || test $$? -eq 1
	$(BIN)/unspill fix $(DEMO)
	$(BIN)/unspill check $(DEMO)

test: $(READY) ## run the quick tests
	$(BIN)/python -m pytest -q -n auto -m "not slow and not editors"

test-all: $(READY) ## run all tests, with real editors and a minute of fuzzing (half an hour on two processors)
	$(BIN)/python -m pytest -q -n auto -m "not editors"
	$(BIN)/python -m pytest -q -m editors
	$(BIN)/python -m tests.fuzz --seconds 75 --jobs 2

coverage: $(READY) ## measure the coverage of `make test` (child processes excluded)
	$(BIN)/python -m pytest -q -n auto -m "not slow and not editors" --cov --cov-report=term --cov-report=html:build/coverage/html

nightly: $(READY) ## run for hours: fuzzing, races and kills, 5,000 projects; failing inputs are saved in build/fuzz
	$(BIN)/python -m tests.fuzz --seconds 14400 --jobs 2 --seed "$$(date +%F)" --save build/fuzz
	$(BIN)/python -m tests.fuzz schedules --executions 250 --seed "$$(date +%F)" --save build/fuzz
	$(BIN)/python -m tests.proof --cases 5000 --jobs 2

lint: $(READY) ## run ruff, strict mypy (tests included), the link check, and unspill on itself
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tools.links
	$(BIN)/unspill check .

bench: $(READY) ## run the benchmarks against other scanners (a few minutes)
	$(BIN)/python -m tests.bench

format: $(READY) ## format the code, and regenerate the language lists and the schema of front matters
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .
	$(BIN)/python -m tools.languages
	$(BIN)/python -m tools.frontmatter

clean: ## remove build products
	rm -rf .venv build dist
