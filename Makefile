# The set-up for Linux and macOS. Each target makes .venv as far as it needs it; README.md has the way without make.

# The Python that .venv is made from, looked up before .venv comes first on the PATH.
ifndef PYTHON
PYTHON := $(shell command -v python3 || command -v python)
endif
ifeq ($(PYTHON),)
BOOT := echo 'Python 3.11 or newer is needed, and neither python3 nor python is on the PATH: install it first' >&2; exit 2;
else
BOOT := '$(PYTHON)' src/bootstrap.py
endif
LAB_ARGS ?=
WORKSHOP_ARGS ?=
LOAD_ARGS ?=
TEST_ARGS ?=
NOTEBOOKS ?=
# A project of its own, whose types are checked there.
APP := src/migration_lab/deploy/project

export PATH := $(CURDIR)/.venv/bin:$(PATH)
BOOTSTRAP := pyproject.toml src/bootstrap.py src/bootstrap_install.py
# What the site and its tests take from npm; nothing where there is no site to build.
SCRIPTS := $(patsubst %/package.json,%/node_modules/installed,$(wildcard site/package.json))

.DEFAULT_GOAL := help
.PHONY: help lab run test test-all bench workshop load-test slides lint site picture badges reset clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

lab: .venv/installed ## Open JupyterLab on the first lesson (LAB_ARGS="--no-browser --port 9000")
	@python -m migration_lab lab $(LAB_ARGS)

run: .venv/installed ## Run every notebook without a browser; the executed copies go to _build/ (NOTEBOOKS="01 02")
	@python -m migration_lab run $(NOTEBOOKS)

test: .venv/installed-test $(SCRIPTS) ## Run every test and the linters (TEST_ARGS="-k lock")
	@python -m pytest -n 4 $(TEST_ARGS)

test-all: export MIGRATION_LAB_TEST_ALL = 1
test-all: test ## Run the tests in their exhaustive form, which takes longer

bench: .venv/installed-bench ## Measure what all that must be light or quick costs, and print it; fails where something costs too much
	@failed=0; for file in tests/bench/[a-z]*.py; do \
		PYTHONPATH=tests python -m bench.$$(basename "$$file" .py) || failed=1; done; exit $$failed

workshop: .venv/installed-workshop ## Hold a workshop on this machine (WORKSHOP_ARGS="--address 192.168.1.20"); workshop/README.md
	@python -m workshop $(WORKSHOP_ARGS)

load-test: .venv/installed-workshop ## Have 30 learners take lessons 01 to 04 at once, then 10, and measure (LOAD_ARGS="--lessons 07")
	@python -m workshop.load_test $(LOAD_ARGS)

slides: .venv/installed ## Make slides that need no network of the executed lessons, in _build/slides (NOTEBOOKS="02 03")
	@python -m workshop.slides $(NOTEBOOKS)

lint: .venv/installed-test ## Check style and types
	@ruff check .
	@ruff format --check .
	@mypy
	@cd $(APP) && mypy --config-file $(CURDIR)/pyproject.toml --explicit-package-bases --cache-dir $(CURDIR)/.mypy_cache .
	@lint-imports --no-cache --no-logo

site: .venv/installed-site $(SCRIPTS) ## Run the notebooks and make a static site of them in _build/site/html
	@python site/build.py

picture: .venv/installed-test ## Record the picture of README and the site, from JupyterLab in a browser
	@PYTHONPATH=tests python -m browser.picture

badges: .venv/installed ## Give README's lessons the Binder badges of the account that publishes them (OWNER=name)
	@python site/badges.py "$$OWNER"

reset: .venv/installed ## Remove the lessons' folders from scratch_db/, so that each starts afresh
	@python -m migration_lab reset

clean: ## Remove what was made: .venv, _build, site/node_modules and the caches
	rm -rf .venv _build site/node_modules .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

.venv/installed: $(BOOTSTRAP)
	@$(BOOT)

.venv/installed-test: $(BOOTSTRAP)
	@$(BOOT) test site workshop

.venv/installed-bench: $(BOOTSTRAP)
	@$(BOOT) test site workshop bench

.venv/installed-site: $(BOOTSTRAP)
	@$(BOOT) site

# Without npm the tests of the site are skipped, and say so; `make site` says what to do.
site/node_modules/installed: site/package.json
	@if ! command -v npm >/dev/null; then echo 'npm is missing (it comes with Node): no site without it' >&2; \
	elif cd site && npm install --no-package-lock --no-audit --no-fund --loglevel=error >/dev/null; then \
		touch node_modules/installed; \
	else echo 'npm could not install what site/package.json names: no site without it' >&2; fi

.venv/installed-workshop: $(BOOTSTRAP)
	@$(BOOT) workshop

# A virtual environment holds absolute paths: one that was moved, or whose Python is gone, is made anew.
ifneq ($(shell test -x .venv/bin/python && cat .venv/installed 2>/dev/null),$(CURDIR))
.PHONY: .venv/installed .venv/installed-test .venv/installed-bench .venv/installed-workshop .venv/installed-site
endif
