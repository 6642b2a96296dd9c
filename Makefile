# SPDX-License-Identifier: GPL-3.0-or-later
# Every target says what it does: `make help`.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# --no-deps: the lock is the whole closure. Resolved again, `coverage[toml]` would be looked up unpinned and refused.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-deps
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
# Two cores are what CI has; half of what these tests do is to wait.
JOBS ?= 4

.PHONY: help backup doctor test lint unit play molecule plsql axe lock faults faults-kills faults-media faults-agenda bench-copy bench-agenda bench-collect bench-overhead mutate wine clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

backup: $(VENV)/.run ## Run the night on the rehearsal inventory
	$(BIN)/ansible-playbook backup.yml $(ARGS)

doctor: $(VENV)/.run ## Look at everything a night needs, read-only (ARGS="-i inventory/kantor")
	$(BIN)/ansible-playbook playbooks/doctor.yml $(ARGS)

test: lint unit play molecule ## Run everything CI runs

lint: $(VENV)/.dev ## ruff, mypy, yamllint, ansible-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy module_utils/siak_backup rehearsal
	$(BIN)/yamllint --strict .
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/ansible-lint

unit: $(VENV)/.dev plsql axe ## Unit, module and rehearsal-server tests, with branch coverage of the package
	$(BIN)/coverage erase
	$(BIN)/pytest -n $(JOBS) --dist worksteal -m "not play and not wine" --cov --cov-branch --cov-report=
	$(BIN)/coverage report
	$(BIN)/coverage report --fail-under=100 --include="$$(PYTHONPATH=. $(BIN)/python -m tests.mutation.targets)"

play: $(VENV)/.dev ## Whole ansible-playbook runs: failures, signals, secrets, runner
	$(BIN)/pytest -n $(JOBS) -m play

bench-copy: $(VENV)/.dev ## Measure the copy to a medium beside the disk's limit and other programs
	PYTHONPATH=module_utils $(BIN)/python bench/copy_media.py $(ARGS)

bench-collect: $(VENV)/.dev ## Measure step 3's pull of a dump beside scp and rsync over a loopback SSH server
	PYTHONPATH=module_utils $(BIN)/python bench/collect.py $(ARGS)

bench-overhead: $(VENV)/.dev ## Measure what a whole night costs beside a bare script that exports and pulls
	PYTHONPATH=module_utils $(BIN)/python bench/overhead.py $(ARGS)

mutate: $(VENV)/.dev ## Change the code that judges, one small thing at a time: tests must notice (ARGS=dump/verdict.py), docs/mutation.md
	PYTHONPATH=.:module_utils nice -n 10 $(BIN)/python -m tests.mutation $(ARGS)

faults: $(VENV)/.dev ## Do to the rehearsal server what happens to Oracle servers, write docs/faults.md, print what held
	PYTHONPATH=.:module_utils:library:tests $(BIN)/python -m tests.oracle_faults $(ARGS)

faults-kills: $(VENV)/.dev ## Kill ansible-playbook at 100 random moments, each followed by a whole night (ARGS="--count 100 --seed N")
	PYTHONPATH=.:module_utils:library:tests $(BIN)/python -m tests.oracle_faults.kills $(ARGS)

faults-media: $(VENV)/.dev ## Do to media, on real file systems, what happens to media, and print what held
	PYTHONPATH=.:module_utils:tests $(BIN)/python -m tests.media_faults

bench-agenda: $(VENV)/.dev ## Measure the agenda on a year of 514 servers: reports, one line, step 6, the whole chain
	PYTHONPATH=module_utils $(BIN)/python bench/agenda.py $(ARGS)

faults-agenda: $(VENV)/.dev ## Do to the journal what happens to journals, and print what held
	AGENDA_FAULTS=full PYTHONPATH=.:module_utils:tests $(BIN)/python -m tests.agenda_faults $(ARGS)

wine: $(VENV)/.dev ## Run the batch files by wine's cmd.exe, where it is installed (optional, not in CI)
	$(BIN)/pytest -n 2 -m wine -rs tests/wine

molecule: $(VENV)/.dev ## The scenarios `default` and `failure`
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/molecule test --all

plsql: ## The independent PL/SQL grammar, where npm is at hand
	@if command -v npm >/dev/null; then \
		test -d tests/plsql/node_modules || npm ci --silent --no-audit --no-fund --prefix tests/plsql; \
	else echo "npm is not installed: the PL/SQL grammar tests will skip"; fi

axe: ## axe-core for the status page's tests, where npm is at hand
	@if command -v npm >/dev/null; then \
		test -d tests/browser/node_modules || npm ci --silent --no-audit --no-fund --prefix tests/browser; \
	else echo "npm is not installed: the accessibility tests will skip"; fi

lock: ## Lock the requirements again, hashes and all (needs uv)
	cd requirements && uv pip compile --universal --python-version 3.11 --generate-hashes run.in -o run.txt
	cd requirements && uv pip compile --universal --python-version 3.11 --generate-hashes dev.in -o dev.txt
	cd requirements && cp run.txt oracle10g.txt && uv pip compile --universal --python-version 3.11 --generate-hashes run.in \
		--override oracle10g.in -o oracle10g.txt

clean: ## Remove the virtual environment and caches (never var/, which holds backups)
	rm -rf $(VENV) .ansible .cache .mypy_cache .ruff_cache .pytest_cache tests/plsql/node_modules tests/browser/node_modules

$(VENV)/.run: requirements/run.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "siak-backup needs Python 3.11 or newer: make backup PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements/run.txt
	$(BIN)/python -m pip check
	touch $@

# ansible-lint checks our modules' arguments only if it can import what they import.
$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	$(PIP) -r requirements/dev.txt
	$(BIN)/python -m pip check
	ln -sfn "$(CURDIR)/module_utils/siak_backup" \
		"$$($(BIN)/python -c 'import ansible.module_utils as m; print(m.__path__[0])')/siak_backup"
	touch $@
