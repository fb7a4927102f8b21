# The whole tool-box. Every target installs what it needs; `make` alone lists them.

PYTHON3 := $(firstword $(foreach name,python3 python3.13 python3.12 python3.11 python3.14,$(shell command -v $(name) 2>/dev/null)))
PYTHON := .venv/bin/python
TANDEM := .venv/bin/tandem
# Two processes share a whole run, where the machine has two cores; a part of it runs in one.
WHOLE := -n logical --maxprocesses 2 --dist loadfile --no-loadscope-reorder

export TANDEM_PORT

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test check fix docs bench crash proof soak

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 14

setup:  ## install the core [WITH="evaluation planning"]
	@$(if $(PYTHON3),,echo "Python is missing: install the packages python3 and python3-venv." >&2; exit 2;) \
		"$(PYTHON3)" tools/setup.py --with "$(WITH)"

setup-dev:
	@$(if $(PYTHON3),,echo "Python is missing: install the packages python3 and python3-venv." >&2; exit 2;) \
		"$(PYTHON3)" tools/setup.py --dev --with "$(WITH)"

demo: setup  ## the demonstration until Ctrl-C [TANDEM_PORT=8600], or its checked story [CHECK=1]
	@exec $(TANDEM) demo $(if $(CHECK),check,run)

test: setup-dev  ## the whole test suite, or a part of it [ARGS=...]
	@exec $(PYTHON) -m pytest $(or $(ARGS),$(WHOLE))

check: setup-dev  ## format, lint, types, imports, templates, migrations, generated pages [QUICK=1]
	@exec $(PYTHON) tools/check.py $(if $(QUICK),--quick)

fix: setup-dev  ## everything that can fix itself
	@$(PYTHON) -m ruff check --fix --quiet .; $(PYTHON) -m ruff format --quiet .

docs: setup-dev  ## redraw states, permissions, fields
	@exec $(PYTHON) tools/docs.py

bench: setup-dev  ## the benchmarks, side by side [ONLY=area]
	@exec $(PYTHON) -m tests.bench.run $(if $(ONLY),--only $(ONLY))

crash: setup-dev  ## kill everything, lose nothing [EVENTS= KILLS= SEED= BREAK=async_commit|no_key]
	@exec $(PYTHON) -m tests.crash.run $(if $(EVENTS),--events $(EVENTS)) $(if $(KILLS),--kills $(KILLS)) \
		$(if $(SEED),--seed $(SEED)) $(if $(BREAK),--break $(BREAK))

proof: setup-dev  ## what was promised, measured [ONLY=]
	@exec $(PYTHON) -m tests.proof.run $(if $(ONLY),--only $(ONLY))

soak: setup-dev  ## run for long and watch memory [MINUTES=]
	@exec $(PYTHON) -m tests.soak.run $(if $(MINUTES),--minutes $(MINUTES))
