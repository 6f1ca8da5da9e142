# Everything a newcomer or CI runs. Needs Python >= 3.11, Node >= 20 and make; sets up the rest.
#
#   make demo    build the wheel, serve the pages and open them
#   make test    lint, types, native tests, and the tests in Chromium, Firefox and WebKit
#   make check   lint, types and native tests: the quick loop
#   make e2e     the browser tests; BROWSER=chromium (or firefox, webkit) for one browser
#   make bench   tfpy against TensorFlow.js in one browser: BROWSER=chromium
#   make bench-native   the same works without a browser, on this machine's OpenGL ES
#   make frames  a thousand camera frames through face mesh, against TensorFlow.js's package
#   make docs    the API reference, in web/dist/api/
#   make wheel   only the wheel
#   make clean   remove what was set up and built

PYTHON  ?= python3
BROWSER ?=
PORT    ?= 8000

VENV := .venv/bin/python
NODE_MODULES := web/node_modules
PIP  := $(VENV) -m pip install --quiet --disable-pip-version-check
NPM  := cd web && npm ci --no-progress --loglevel=error

.DELETE_ON_ERROR:
.PHONY: help demo test check lint native wheel e2e bench bench-native frames docs browsers gl clean has-python has-node

help:
	@sed -n 's/^#   //p' Makefile

demo: .venv/.built $(NODE_MODULES)/.pages
	./build_wheel.sh
	$(VENV) web/serve.py --port $(PORT) --open

# Python's and Node's packages come side by side.
test:
	$(MAKE) --no-print-directory -j2 .venv/.dev $(NODE_MODULES)/.dev
	$(MAKE) --no-print-directory browsers lint native e2e

check: .venv/.dev lint native

lint: .venv/.dev
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(VENV) -m mypy

native: .venv/.dev $(NODE_MODULES)/.dev gl
	$(VENV) -m pytest -q -n auto --dist worksteal

wheel: .venv/.built $(NODE_MODULES)/.pages
	./build_wheel.sh

# The wheel that users install is what the browsers test, all of them side by side. A test whose
# browser or driver broke down (never one that found something wrong) is run once more, and listed.
RERUN := --reruns 1 --only-rerun BrowserFault
e2e: .venv/.dev $(NODE_MODULES)/.dev web/dist/micropip/.fetched browsers
	./build_wheel.sh
	$(VENV) -m pytest -q e2e $(RERUN) $(if $(BROWSER),--browser $(BROWSER),-n 3 --dist loadscope)

bench: .venv/.dev $(NODE_MODULES)/.dev browsers
	@test -n "$(BROWSER)" || { echo "make bench needs BROWSER=chromium, firefox or webkit"; exit 1; }
	./build_wheel.sh
	$(VENV) e2e/bench.py --browser $(BROWSER)

bench-native: .venv/.dev $(NODE_MODULES)/.dev gl
	$(VENV) web/bench/native.py

frames: .venv/.dev $(NODE_MODULES)/.dev browsers
	./build_wheel.sh
	$(VENV) -m e2e.frames

docs: .venv/.dev
	$(VENV) web/build/api_reference.py

browsers: .venv/.dev
	$(VENV) -m e2e.setup_browsers $(BROWSER)

# OpenGL ES without a window, on which the native tests run the WebGL kernels.
gl: .venv/.dev
	$(VENV) -m e2e.setup_browsers gl

clean:
	rm -rf .venv $(NODE_MODULES) web/dist e2e/artifacts .mypy_cache .pytest_cache .ruff_cache
	find tfpy kernels_webgl tests e2e web -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up, each step done once (a stamp file says so) ---

has-python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Python >= 3.11 is needed: apt-get install python3 python3-venv, or make PYTHON=/path"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is older than 3.11: name a newer one, as in make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }

has-node:
	@command -v npm >/dev/null || { \
	  echo "Node >= 20 with npm is needed: apt-get install nodejs npm"; exit 1; }
	@node -e 'process.exit(+(parseInt(process.versions.node) < 20))' || { \
	  echo "Node is older than 20: install a newer one"; exit 1; }

# Installs the wheel in a page as users do; its Python is not this one, so pip only fetches.
web/dist/micropip/.fetched: | .venv/.dev
	$(VENV) -m pip download --quiet --disable-pip-version-check --no-deps \
	  --python-version 3.14 --only-binary=:all: --dest $(@D) micropip==0.11.1 packaging
	touch $@

$(VENV): | has-python
	$(PYTHON) -m venv .venv

# Enough to build the wheel.
.venv/.built: pyproject.toml | $(VENV)
	$(PIP) 'hatchling>=1.27,<2'
	touch $@

# Everything the tests need, and tfpy itself, editable. Python compiles the few modules that are
# imported, which is far less than all that there are.
.venv/.dev: pyproject.toml | $(VENV)
	$(PIP) --no-compile --editable '.[dev]'
	touch $@ .venv/.built

# Pyodide, which the pages run.
$(NODE_MODULES)/.pages: web/package-lock.json | has-node
	$(NPM) --omit=dev
	touch $@

# And TensorFlow.js and onnxruntime-web, which the tests and the bench compare with.
$(NODE_MODULES)/.dev: web/package-lock.json | has-node
	$(NPM)
	touch $@ $(NODE_MODULES)/.pages
