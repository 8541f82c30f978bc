# Two commands do everything on a machine that has Python 3.11+, make and git:
#   make demo   sets up, and tells the whole story on real faces
#   make test   sets up, and checks lint, types, layers and behaviour
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
BROWSER = $(BIN)/pytest --override-ini=cache_dir=$(CURDIR)/$(VENV)/.pytest_cache \
  --override-ini='addopts=-ra --strict-markers --strict-config --import-mode=importlib'
STILL  := $(addprefix tests/browser/,test_walk.py test_axe.py test_forms.py)
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

# On a machine that was busy for a moment what failed gets one more run; what fails twice fails. The cache that knows
# what failed is off elsewhere.
define browser
$(BROWSER) $(1) --cache-clear || { echo "== what failed, once more"; $(BROWSER) $(1) --last-failed --last-failed-no-failures none; }
endef

.PHONY: install demo test lint types layers unit audit bench fuzz locks lock clean help
.DEFAULT_GOAL := help

help:            ## say what can be made
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 12

$(VENV)/.runtime: requirements/runtime.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Moiety needs Python 3.11 or later; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes --only-binary :all: -r requirements/runtime.lock
	$(PIP) install --no-build-isolation --no-deps --editable .
	@$(BIN)/python -m compileall -q src/moiety
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.runtime
	$(PIP) install --require-hashes --only-binary :all: -r requirements/dev.lock
	@touch $@

$(VENV)/.bench: requirements/bench.lock $(VENV)/.dev
	$(PIP) install --require-hashes --only-binary :all: --no-binary face-recognition-models -r requirements/bench.lock
	@touch $@

$(VENV)/.fuzz: requirements/fuzz.lock $(VENV)/.dev
	$(PIP) install --require-hashes --only-binary :all: -r requirements/fuzz.lock
	@touch $@

install: $(VENV)/.runtime   ## leave .venv/bin/moiety ready

demo: $(VENV)/.runtime      ## set up and run the main job on real faces
	$(BIN)/moiety demo --out demo-output

test: $(VENV)/.dev lint types layers unit   ## set up, lint, check types and layers, run the tests

lint: $(VENV)/.dev          ## ruff: style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev         ## mypy, strict, tests too
	$(BIN)/mypy

layers: $(VENV)/.dev        ## import-linter: imports run downward only
	$(BIN)/lint-imports --no-cache

unit: $(VENV)/.dev          ## the tests
	$(BIN)/pytest -n 2 --dist worksteal --ignore tests/browser
	@# Screens that stand still go two at a time. The rest goes alone: a browser, its camera and the service need both
	@# cores to be in time.
	$(call browser,-n 2 $(STILL))
	$(call browser,-n 0 tests/browser $(addprefix --ignore ,$(STILL)))

audit: $(VENV)/.dev         ## bandit, known advisories of the lock, the pages' security policy; says what was not audited
	$(BIN)/pytest -n 0 -rs tests/test_audit.py tests/service/test_app.py tests/service/test_pages.py

bench: $(VENV)/.bench       ## speed and memory beside peers, in one run
	$(BIN)/python -m benchmarks.faces
	$(BIN)/python -m benchmarks.cold_start

fuzz: $(VENV)/.fuzz         ## two million cases and more over every decoder
	$(BIN)/python -m benchmarks.fuzz

locks: $(VENV)/.dev         ## say which locked versions the package index does not offer
	$(BIN)/python -m benchmarks.locks

lock: $(VENV)/.dev          ## resolve the locks anew (needs uv from the package index)
	$(PIP) install uv
	cd requirements && for f in runtime dev bench fuzz; do \
	  extra=$$( [ $$f = runtime ] && echo build.in || echo $$f.in ); \
	  ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --no-annotate --extra serve ../pyproject.toml $$extra -o $$f.lock || exit 1; done

clean:                      ## remove what was built
	rm -rf $(VENV) demo-output .mypy_cache .ruff_cache .hypothesis
