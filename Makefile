# make demo     the demonstration campaign, to its report
# make test     the test suite (no GPU, no Slurm, no AmberTools)
# make slow     the tests that take minutes: kills at any moment, three seeds, coverage of intervals
# make scheduler  campaigns sent to a Slurm of this one machine (root, and Debian's slurmctld, slurmd, munge)
# make lint     style and types of Python files, style of Snakemake files
# make wheel    the package as a wheel, in dist/
# make generated  what is made from the code: the schema of campaign files, the list of modules, starts
# make docs     the documentation as a site, in site/, its tutorial run as a notebook on results/demo
# make lock     resolve the dependencies anew
# make clean    forget caches and the virtual environment; results stay

VENV ?= .venv
CAMPAIGN ?= config/demo.yaml
PROFILE ?= laptop
LOCKS ?= requirements.lock
TEST_JOBS ?= 2
COVERAGE ?=
RESULTS ?= results/demo

# What a machine without a GPU, Slurm and AmberTools can test.
HERE := not gpu and not slurm and not ambertools

BIN := $(VENV)/bin
SPACE := $(subst ,, )
# What the tests of a file share is made once: one process runs the whole file.
# One that hangs shows where, fails after so many seconds and lets the others go on.
PYTEST = $(BIN)/python -m pytest -q -n $(TEST_JOBS) --dist loadfile --timeout
INSTALLED := $(VENV)/.installed-$(subst $(SPACE),+,$(strip $(LOCKS)))
EXTRAS := cuda12 cuda13 docs slurm
SNAKEFILES := Snakefile workflow/Snakefile $(wildcard workflow/rules/*.smk)

.PHONY: demo run test slow scheduler lint lock clean venv wheel generated docs

demo: run

run: $(INSTALLED)
	@$(BIN)/polyamide run $(CAMPAIGN) --profile $(PROFILE)

test: $(INSTALLED)
	$(PYTEST) 400 -m "not slow and $(HERE)" $(COVERAGE) $(TESTS)

slow: $(INSTALLED)
	$(PYTEST) 3000 -m "slow and $(HERE)" $(TESTS)

scheduler: $(INSTALLED)
	$(BIN)/python -m pytest -q -rs -n 2 --dist loadfile --durations=8 --timeout 1500 -m slurm tests/scheduler

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check $(SNAKEFILES)
	$(BIN)/snakemake --lint
	$(BIN)/snakemake --lint --configfile config/paper.yaml

wheel: $(INSTALLED)
	rm -rf build dist
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

generated: $(INSTALLED)
	$(BIN)/python -m workflow.campaign.schema
	$(BIN)/python docs/module_index.py
	cp config/demo.yaml config/reduced.yaml config/paper.yaml workflow/starts/

docs:
	@$(MAKE) --no-print-directory venv LOCKS="$(sort $(LOCKS) requirements-docs.lock)"
	PYTHONPATH=. $(BIN)/mkdocs build --quiet
	$(BIN)/python docs/notebook.py --results $(RESULTS) --out site/tutorial.ipynb
	$(BIN)/python docs/blocks.py --results $(RESULTS)

venv: $(INSTALLED)

$(INSTALLED): $(LOCKS) pyproject.toml
	@echo "Installing the locked dependencies into $(VENV) ..."
	@.ci/venv $(VENV) $(LOCKS)
	@touch $@

COMPILE = uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-annotate --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock" --extra dev

lock:
	$(COMPILE) --output-file requirements.lock
	for extra in $(EXTRAS); do \
	  $(COMPILE) --constraint requirements.lock --extra $$extra \
	    --output-file requirements-$$extra.lock || exit 1; \
	done

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage
	find analysis mdtools membranes workflow tests -name __pycache__ -type d -prune -exec rm -rf {} +
