.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help venv demo flink-demo flink-jars test lint format bench build lock clean

help: ## show the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

venv: .venv/.installed ## make the environment in .venv (the other targets do it by themselves)

.venv/.installed: pyproject.toml setup.py requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: .venv/.installed ## run the main job on a small story, with an embedded Kafka
	@$(BIN)/python demo/run.py

flink-demo: .venv/.installed ## run the same job on a real Flink cluster (needs JDK 17 and Maven)
	@$(BIN)/python demo/flink.py

flink-jars: ## make the jar of Beam's Flink runner, and fetch a cluster, into build/ (needs JDK 17 and Maven)
	mvn -q -B -f deploy/flink/pom.xml package -Djars=$(CURDIR)/build

test: .venv/.installed ## run every test, with a real Kafka and Flink (needs JDK 17 and Maven)
	$(BIN)/python -m pytest

lint: .venv/.installed ## ruff and mypy, strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.installed ## lay the code out
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.installed ## measure speed: ratios in one run (needs JDK 17 and Maven)
	$(BIN)/python bench/throughput.py
	$(BIN)/python bench/rules.py
	$(BIN)/python bench/state_cache.py
	$(BIN)/python bench/state_size.py
	$(BIN)/python bench/flink.py

build: .venv/.installed ## build the wheel and the sdist into dist/
	$(BIN)/python -m build --outdir dist .

lock: ## renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --extra dev --no-emit-index-url --no-annotate --no-header \
	  --output-file requirements.lock pyproject.toml

clean: ## remove what was built
	rm -rf .venv build dist out
