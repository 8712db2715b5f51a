# Ringback's commands. `make help` lists them.

# what `make run` hands to `ringback serve`, for example ARGS="--set http.port=8081"
ARGS ?=
# what `make test` hands to pytest, for example TESTS="tests/sip -k cancel"
TESTS ?=
# what `make test` runs a second time, on a real PostgreSQL
ON_POSTGRESQL := tests/api tests/messaging tests/interop/schema tests/interop/seed tests/interop/twilio \
	tests/stories/test_place_call.py tests/stories/test_change_call.py tests/stories/test_register.py
# for how long `make fuzz` tries each target, and which, for example FUZZ_TARGETS="sip_stack sdp"
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?=
# what `make bench` hands to scripts/bench
BENCH ?=
VENV ?= .venv
BIN := $(VENV)/bin
export VENV

.DEFAULT_GOAL := help
.PHONY: help run test soak fuzz check format lock upgrade bench docs clean setup setup-dev

help: ## these lines
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/make \1 \2/p' Makefile | awk '{ name = $$2; $$1 = $$2 = ""; printf "  make %-9s%s\n", name, $$0 }'

run: setup ## sets up what is missing and starts the server; ARGS="--set http.port=8081", and RINGBACK_* from the environment
	@exec $(BIN)/ringback serve $(ARGS)

test: setup-dev check ## installs what the tests need, checks, and runs all tests; TESTS="tests/sip -k cancel" for some
	scripts/test $(TESTS)
	$(if $(TESTS),,RINGBACK_TESTS_DATABASE=postgresql scripts/test $(ON_POSTGRESQL))

soak: setup-dev ## the tests that take minutes: kill -9 at two hundred moments …
	$(BIN)/pytest -m slow --timeout 1800 $(TESTS)

fuzz: setup-dev ## tries ever new inputs on all that reads what others wrote; FUZZ_SECONDS=600 FUZZ_TARGETS="sip_stack sdp"
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS) $(FUZZ_TARGETS)

check: setup-dev ## format, lint, strict types and import contracts
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: setup-dev ## writes every file as the formatter would have it, and mends what the linter can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: setup-dev ## all figures in one table, twenty minutes; BENCH="sip_setup ivr" for some, BENCH=--long for an hour
	$(BIN)/python scripts/bench $(BENCH)

docs: setup-dev ## writes the reference pages that are made from the code
	$(BIN)/python -m ringback.cli.reference docs/reference

lock: setup ## locks versions again after a change of the dependencies in pyproject.toml
	scripts/lock

upgrade: setup ## locks the newest versions that pyproject.toml allows
	UPGRADE=yes scripts/lock

clean: ## removes the environment and all that tools left behind; calls and settings in data/ stay
	rm -rf $(VENV) $(VENV).lock .fuzz build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} +

setup:
	@scripts/setup run

setup-dev:
	@scripts/setup dev
