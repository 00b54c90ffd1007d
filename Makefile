# castmap's front door. `make demo` and `make test` set everything up by themselves.
SHELL := /bin/bash
PYTHON ?= python3
CORES ?= 2
READY := .venv/.ready
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONHASHSEED := 0

.PHONY: demo run weights demo-films tables publish hydrate test unit lint clean lock docs site dist browser slurm help

help:            ## list the commands
	@grep -E '^[a-z-]+: .*##|^[a-z-]+:.*##' Makefile | sed -E 's/:.*##/\t/' | expand -t 16

$(READY): envs/install.py $(wildcard envs/*.txt) pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "castmap needs Python 3.11 or newer; set PYTHON=python3.x")'
	test -d .venv || $(PYTHON) -m venv .venv
	.venv/bin/python envs/install.py
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: $(READY)   ## build the demo films and their cast maps: results/report/index.html
	castmap run --cores $(CORES)

run: demo        ## the same, after you put your own films in films/

weights: $(READY) ## the pretrained weights; damaged ones are made anew
	castmap remove-damaged-weights
	snakemake weights_all --cores $(CORES) --quiet rules

demo-films: $(READY)
	snakemake demo_films_all --cores $(CORES) --quiet rules

tables: $(READY) ## only the tables: results/tables/
	snakemake tables_all --cores $(CORES)

publish: $(READY) ## pack the results for readers without films, and track them with DVC
	castmap publish

hydrate: $(READY) ## bring published results: every table can be rebuilt without a film
	castmap hydrate

test: lint demo-films weights ## every test, with the real networks
	OMP_NUM_THREADS=1 python -m pytest --numprocesses $(CORES) --dist loadfile

unit: $(READY)   ## the tests of the library alone: no film, no weights, no network, a minute
	OMP_NUM_THREADS=1 python -m pytest --numprocesses $(CORES) --dist loadfile tests/library

lint: $(READY)   ## style of the Python code, the rules and the workflow; types and spelling
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile rules
	snakemake --lint
	codespell
	mypy

browser:         ## install the browser that the page tests drive (Debian and Ubuntu, as root)
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends chromium

slurm:           ## install the SLURM that the cluster tests start (Debian and Ubuntu, as root)
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends slurm-wlm munge

lock:            ## pin every package again, from pyproject.toml, with the hashes of its files
	rm -rf .venv-lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --all-extras pyproject.toml --output-file .venv-lock/lock.txt
	$(PYTHON) envs/write_lock.py < .venv-lock/lock.txt
	rm -rf .venv-lock

clean:           ## remove results, not the films, weights or environment
	rm -rf results/* .snakemake
	git checkout -q -- results

docs: $(READY)   ## write schemas, exports, losses and printed tables into docs/
	python docs/write_lists.py

site: $(READY)   ## build the documentation as a site that works offline: site/index.html
	python -m sphinx -q -W --keep-going -c docs . site

dist: $(READY)   ## build the wheel (library and command) and the source distribution: dist/
	.venv/bin/python -m build --no-isolation --outdir dist .
