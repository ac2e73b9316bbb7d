# Two commands matter first: `make up` runs Comptoir, `make test` proves that it works.
BIN := .venv/bin
CODE := $(wildcard src tests tools benchmarks)

.PHONY: help up test check lint laws format bench shots lock

help:
	@echo "make up      run everything on this machine; Ctrl-C stops it"
	@echo "make test    install what the tests need and run all of them"
	@echo "make check   what CI runs: format, lint, types, layers, house rules, laws, tests"
	@echo "make lint    the same without laws and tests; make format mends what it can"
	@echo "make laws    break every law on purpose and see its test go red"
	@echo "make bench   the benchmarks, as a table"
	@echo "make shots   pictures of every page, into shots/"
	@echo "make lock    write the locks anew from pyproject.toml"

up:
	@tools/environment up
	@exec $(BIN)/comptoir up

test:
	@tools/environment dev
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# The tests come last, so that their closing line is the last one.
check: lint laws test

lint:
	@tools/environment dev
	$(BIN)/ruff format --check --quiet $(CODE)
	$(BIN)/ruff check --quiet $(CODE)
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/check.py

laws:
	@tools/environment dev
	@$(BIN)/python tools/break_laws.py

format:
	@tools/environment dev
	$(BIN)/ruff check --fix --quiet $(CODE)
	$(BIN)/ruff format --quiet $(CODE)

bench:
	@tools/environment dev
	@$(BIN)/comptoir bench

shots:
	@tools/environment dev
	@$(BIN)/python tools/shots.py

# Kept as they are: versions that still satisfy pyproject.toml. `make lock UPGRADE=--upgrade`.
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-strip-extras --quiet $(UPGRADE) --extra build pyproject.toml

lock:
	@tools/environment dev
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock
