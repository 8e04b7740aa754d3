# Tradewind. `make` alone says what there is.
# Python 3.11 or newer is all that a machine needs; ARGS are handed on: make demo ARGS=--once

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
BIN := .venv/bin
ARGS ?=

.PHONY: help setup dev assets demo run test test-real test-all check bench messages screenshots settings-page clean

help:
	@echo "make demo         a whole campaign in the laboratory, in the browser (ARGS=--once: without, to its end)"
	@echo "make run          Tradewind itself"
	@echo "make test         the tests that need nothing else (ARGS go to pytest)"
	@echo "make test-all     check, test, and the tests with real servers (Debian packages: see .ci/run)"
	@echo "make check        format, lint, types, walls, missing migrations, untranslated strings"
	@echo "make bench        measure the engine against its limits"
	@echo "make assets       build the front end"
	@echo "make messages     bring the translation files up to date"
	@echo "make screenshots  make the pictures of the README anew"

setup:
	@test -n "$(PYTHON)" || { echo "Tradewind needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) tools/bootstrap.py run

dev:
	@test -n "$(PYTHON)" || { echo "Tradewind needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) tools/bootstrap.py dev

assets:
	@test -n "$(PYTHON)" || { echo "Tradewind needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) tools/bootstrap.py assets

demo: setup assets
	@$(BIN)/tradewind demo $(ARGS)

run: setup assets
	@$(BIN)/tradewind run $(ARGS)

test: dev assets
	@$(BIN)/pytest -q -n auto $(ARGS)

test-real: dev assets
	@$(BIN)/pytest -q -m real $(ARGS)

test-all: dev assets
	@$(MAKE) --no-print-directory check
	@echo "With the distribution's PostgreSQL:"
	@$(BIN)/python tools/debian_postgres.py $(BIN)/pytest -q tests/core tests/ledger tests/delivery
	@TRADEWIND_TEST_ALL=1 $(MAKE) --no-print-directory test
	@TRADEWIND_TEST_ALL=1 $(BIN)/pytest -q -m real $(ARGS)

check: dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m tradewind.core.messages check

bench: dev
	@$(BIN)/python -m bench $(ARGS)

messages: dev
	@$(BIN)/python -m tradewind.core.messages extract

settings-page: dev
	@$(BIN)/python -m tradewind.core.settings_page

screenshots: dev assets
	@$(BIN)/python -m tools.screenshots $(ARGS)

clean:
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache src/tradewind/web/static/dist
