# Every target does its own set-up: a fresh clone needs Python 3.11 and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt

.PHONY: demo test test-all bench lint proto clean

demo: $(VENV)/.runtime
	$(BIN)/twopop demo --out demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -m "not slow"

test-all: $(VENV)/.dev
	$(BIN)/python -m pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The generator is old on purpose and clashes with newer grpc packages, so it lives in a venv of its own.
proto: .venv-proto/.ready
	.venv-proto/bin/python proto/generate.py proto

bench: $(VENV)/.dev .venv-peers/.ready
	PYTHONPATH=tests $(BIN)/python bench/run.py --peers .venv-peers/bin/python --out docs/bench.md

$(VENV)/.runtime: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -e ".[cli,engine]"
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -e ".[dev]"
	touch $@ $(VENV)/.runtime

.venv-proto/.ready: proto/requirements.txt
	test -x .venv-proto/bin/python || $(PYTHON) -m venv .venv-proto
	.venv-proto/bin/python -m pip install -q --disable-pip-version-check -r proto/requirements.txt
	touch $@

.venv-peers/.ready: bench/requirements.txt
	@command -v ffmpeg >/dev/null || { echo "the peers run the ffmpeg program: apt-get install ffmpeg"; exit 1; }
	test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install -q --disable-pip-version-check -r bench/requirements.txt
	touch $@

clean:
	rm -rf .venv .venv-proto .venv-peers demo
