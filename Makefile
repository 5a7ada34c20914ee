# Everything here sets up .venv by itself; it needs make, git and Python 3.10 or later.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DEMO := build/demo

.PHONY: help demo test lint bench format clean

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

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

test: $(READY) ## all tests
	$(BIN)/python -m pytest -q -m "not slow"

lint: $(READY) ## ruff, strict mypy, dead links
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tools.links

bench: $(READY) ## speed, side by side with other scanners (a few minutes)
	$(BIN)/python -m tests.bench

format: $(READY) ## let ruff lay out the code
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

clean: ## remove what the targets above made
	rm -rf .venv build dist
