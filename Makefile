# Six verbs. Each does its own set-up; nothing needs to be installed by hand
# but Python >= 3.11 and make.
.DEFAULT_GOAL := help
.PHONY: help report test bench format clean

VENV := .venv
RUN  := $(VENV)/bin

help:            ## list the verbs
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 10

report: $(VENV)/.ready  ## run the embedded study and print where its report is
	@$(RUN)/eventstudy run study.toml

test:            ## lint, types, contracts, and all tests, in a real browser too
	@tools/test $(VENV)

bench: $(VENV)/.ready-test  ## measure speed, as ratios within one run; reruns; size, power, coverage (30 min)
	@$(RUN)/python benchmarks/run.py
	@$(RUN)/python benchmarks/scale.py
	@$(RUN)/python benchmarks/cores.py
	@$(RUN)/python benchmarks/reruns.py 200
	@$(RUN)/python benchmarks/size_power.py
	@HARMED_FILES=500 KILLS=300 $(RUN)/python -m pytest -q tests -k "harmed or kills"

format: $(VENV)/.ready-test  ## put the code in the house style; write the tables of docs/ that are made from it
	@$(RUN)/ruff check --fix . && $(RUN)/ruff format .
	@$(RUN)/python tools/registers

clean:           ## remove everything that can be made again
	@rm -rf .venv* build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.ready: requirements.lock pyproject.toml tools/setup
	@tools/setup $(VENV) requirements.lock
	@touch $@

$(VENV)/.ready-test: requirements.lock requirements-test.lock pyproject.toml tools/setup
	@tools/setup $(VENV) requirements-test.lock
	@touch $(VENV)/.ready $@
