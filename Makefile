# `make demo` and `make test` do all set-up themselves; a second run finds it done.
PY ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
SPARK := $(VENV)/spark
UV := uv==0.13.9

.PHONY: setup demo check test bench train picture lock clean

setup: $(VENV)/.done

# A virtual environment, uv inside it, then everything in the hashed lock; plain pip where uv cannot be had.
# Debian's python3 without python3-venv has no ensurepip: there the environment is made bare and the system's pip fills it.
$(VENV)/.done: dev.lock pyproject.toml
	@echo "Setting up $(VENV) (about a minute, once) ..."
	@$(PY) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); $(PY) -m venv --without-pip $(VENV) && $(PY) -m pip --python $(BIN)/python install -q --disable-pip-version-check pip; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check "$(UV)" || true
	@if [ -x $(BIN)/uv ] && VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --no-config --require-hashes --compile-bytecode -r dev.lock; then :; \
	else $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r dev.lock; fi
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# PySpark has no ready-made package and is built on the spot, so it has an environment of its own, over the one that tests everything else.
$(SPARK)/.done: spark.lock $(VENV)/.done
	@echo "Setting up $(SPARK) for the tests of the cluster engine (once) ..."
	@$(BIN)/python -m venv --without-pip $(SPARK)
	@if [ -x $(BIN)/uv ] && $(BIN)/uv pip install -q --no-config --python $(SPARK)/bin/python --require-hashes -r spark.lock; then :; \
	else $(BIN)/python -m pip --python $(SPARK)/bin/python install -q --disable-pip-version-check --require-hashes -r spark.lock; fi
	@touch $@

demo: setup
	@$(BIN)/unitwise review data_samples/notes data_samples/notes.csv data_samples/notes.jsonl -o out/demo --overwrite

check: setup
	@PATH="$(CURDIR)/$(BIN):$$PATH" .ci/check

test: check $(SPARK)/.done
	@.ci/needs
	@PATH="$(CURDIR)/$(BIN):$$PATH" .ci/test

bench: setup
	@$(BIN)/python -m benchmarks.bench_full_path
	@$(BIN)/python -m benchmarks.bench_claims

train: setup
	@$(BIN)/unitwise train

picture: setup
	@$(BIN)/python docs/images/draw.py
	@UNITWISE_PICTURES=1 $(BIN)/python -m pytest -q -m browser -k pictures

# Written anew only when pyproject.toml asks for something else; core.lock is what a user installs, dev.lock what a developer does.
lock: setup
	$(BIN)/uv pip compile -q --no-config --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o core.lock
	$(BIN)/uv pip compile -q --no-config --universal --python-version 3.11 --generate-hashes --no-header -c core.lock --no-annotate --extra dev --extra serve --extra postgres --extra audit pyproject.toml -o dev.lock

clean:
	rm -rf $(VENV) out build dist .pytest_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
