# Needs python3 (3.11 or newer), make and git; everything else goes into .venv. Another Python: make lab PYTHON=python3.12
PYTHON ?= python3
BIN := .venv/bin

help:
	@echo "make lab          open the course in JupyterLab (the first time it installs what it needs)"
	@echo "make test         check everything; what needs a browser says so and is skipped without one"
	@echo "make test-all     the same and all of the long tests: kill -9 at twenty moments, the jail as root and as nobody"
	@echo "make venv         only install, into .venv; delete .venv to start over"
	@echo "make constraints  write constraints.txt from pyproject.toml; with UPGRADE=1 take the newest of everything"

venv:
	@$(PYTHON) src/leadgym/lab/install.py

lab: venv
	@$(BIN)/leadgym lab

test: venv
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports
	$(BIN)/leadgym fmt --check && $(BIN)/leadgym release --check && $(BIN)/pytest -n auto --dist loadgroup --no-loadscope-reorder

test-all: export LEADGYM_TEST_ALL = 1
test-all: test

constraints: venv
	@$(BIN)/uv --system-certs pip compile --quiet --universal --no-header --no-annotate --all-extras $(if $(UPGRADE),--upgrade) pyproject.toml -o constraints.txt

.PHONY: help venv lab test test-all constraints
