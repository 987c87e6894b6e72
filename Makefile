# Everything starts here: `make` shows the targets. A fresh machine needs Python 3.11+ and make.
SHELL := /bin/sh
.DEFAULT_GOAL := help
HOST ?= 127.0.0.1
PORT ?= 8000
BIN := .venv/bin
UV = $(if $(wildcard .venv-tools/bin/uv),.venv-tools/bin/uv,uv)

# An activated virtual environment of another project is none of our business.
unexport VIRTUAL_ENV UV_PYTHON

.PHONY: help run dev test eval eval-models mutate stress prove bench check audit sbom format browser clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/.run-is-ready ## Serve the advisor on http://127.0.0.1:8000 (HOST=… PORT=…)
	@exec $(BIN)/hiring-advisor serve --host $(HOST) --port $(PORT)

dev: .venv/.dev-is-ready ## Set up .venv with everything that development needs

test: check browser ## Check the code, then run every test
	scripts/test_services.sh $(BIN)/pytest -n 2 --dist loadfile $(ARGS)

eval: .venv/.dev-is-ready ## Measure grounding and verdicts, hold them to the gates (ARGS=--suite …)
	$(BIN)/hiring-advisor eval --baseline evals/baseline.jsonl --out build/evals/latest $(ARGS)

eval-models: .venv/.dev-is-ready ## The same with an honest and a hostile stand-in model beside
	$(BIN)/python -m tests.stand_ins.beside honest,hostile $(BIN)/hiring-advisor eval --suite verdict --suite attacks --gates --out build/evals/models $(ARGS)

mutate: .venv/.dev-is-ready ## Break the advisor in known ways, see which suite notices
	mkdir -p build && $(BIN)/python -m tests.stand_ins.beside hostile,obedient $(BIN)/hiring-advisor eval mutate --out build/mutations.md $(ARGS)

stress: browser .venv/.dev-is-ready ## Run what shows the figures of docs/hardening.md, at full size
	rm -f build/figures.jsonl && mkdir -p build
	FIGURES_FILE=$(CURDIR)/build/figures.jsonl scripts/test_services.sh $(BIN)/pytest --stress -m "figures or stress" -n 2 --dist loadfile $(ARGS)
	$(BIN)/python scripts/figures_table.py build/figures.jsonl docs/hardening.md

prove: browser .venv/.dev-is-ready ## Switch each defence off in a copy, and see a test fail
	scripts/test_services.sh $(BIN)/python scripts/prove_defences.py $(ARGS)

bench: .venv/.bench-is-ready ## Measure speed and memory, write docs/performance.md (ARGS=--quick)
	$(BIN)/python -m bench --write $(ARGS)

check: .venv/.dev-is-ready ## Format check, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

audit: .venv/.dev-is-ready ## Fail if a locked package is known to be vulnerable, or nothing was audited
	$(BIN)/python scripts/audit.py $(UV)

sbom: .venv/.dev-is-ready ## Write the bill of materials, build/sbom.cdx.json
	$(BIN)/python scripts/sbom.py $(UV) build/sbom.cdx.json

format: .venv/.dev-is-ready ## Format the code and sort its imports
	$(BIN)/ruff check --select I --fix .
	$(BIN)/ruff format .

browser:
	@scripts/ensure_chromium.sh

clean: ## Remove what was built; var/ with its conversations stays
	rm -rf .venv .venv-tools .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A set-up for development would take the plotting away again: it comes first.
.venv/.bench-is-ready: .venv/.dev-is-ready

# One stamp per kind of set-up: when nothing changed, nothing is run, not even uv.
.venv/.%-is-ready: pyproject.toml uv.lock scripts/prepare.sh
	@scripts/prepare.sh $*
	@touch $@
