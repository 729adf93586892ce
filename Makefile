# Needs python3 (3.11 or newer) and make; everything else is installed into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RESULTS := build/benchmarks
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test check bench soak oracle numpy-suite opinfo hips docs pictures notebooks house scripts test-oldest test-newest dist clean help

help:
	@echo "make demo    install into $(VENV) and train on handwritten digits"
	@echo "make test    run the tests"
	@echo "make check   lint, format, types, import directions"
	@echo "make bench   time training steps beside other frameworks; writes docs/benchmarks.md"
	@echo "make soak    long campaigns: kills, fuzzing, random programs and whole trainings (hours)"
	@echo "make oracle  files beside Keras, random programs beside PyTorch and JAX (an hour)"
	@echo "make numpy-suite     NumPy's own tests on Tensors too (minutes)"
	@echo "make opinfo          the samples of PyTorch's own tests (a minute)"
	@echo "make hips EXAMPLES=FOLDER  the examples of HIPS autograd, from a copy of their folder"
	@echo "make docs            build the site into build/site/html"
	@echo "make pictures        draw the pictures of the documentation"
	@echo "make notebooks       run the examples as notebooks, into examples/notebooks"
	@echo "make house           draw docs/pictures/house.svg: the folders and who imports whom"
	@echo "make scripts FOLDER=...   run scripts that were written for Keras on nn"
	@echo "make test-oldest     the tests with the oldest NumPy that is supported"
	@echo "make test-newest     the tests with the newest NumPy there is"
	@echo "make dist            build sdist and wheel, try the wheel in a new environment of each Python"
	@echo "make clean   remove $(VENV), caches and build products"

demo: $(VENV)/.installed-demo
	$(BIN)/python examples/00_digits.py

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest --numprocesses logical --dist worksteal

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/python -m pytest tests/test_imports.py

bench: $(VENV)/.installed-bench
	$(BIN)/python -m benchmarks.run --save $(RESULTS)/steps.json
	$(BIN)/python -m benchmarks.epochs --save $(RESULTS)/epochs.json
	$(BIN)/python -m benchmarks.busy --save $(RESULTS)/busy.json
	$(BIN)/python -m benchmarks.memory --save $(RESULTS)/memory.json
	$(BIN)/python -m benchmarks.compile_time --save $(RESULTS)/compile_time.json
	$(BIN)/python -m benchmarks.growth --save $(RESULTS)/growth.json
	$(BIN)/python -m benchmarks.import_time --save $(RESULTS)/import_time.json
	$(BIN)/python -m benchmarks.chain --save $(RESULTS)/chain.json
	$(BIN)/python -m benchmarks.document

soak: $(VENV)/.installed-dev
	$(BIN)/python -m tests.soak.kills --kills 100
	$(BIN)/python -m tests.soak.kills --kills 50 --ranks 2
	$(BIN)/python -m tests.soak.fuzz --inputs 100000
	$(BIN)/python -m tests.soak.compiled --programs 3000 --engine numpy
	$(BIN)/python -m tests.soak.compiled --programs 60 --engine native
	$(BIN)/python -m tests.soak.contract --count 20000 --engine numpy
	$(BIN)/python -m tests.soak.contract --count 2000 --engine native
	$(BIN)/python -m tests.soak.native --programs 2000
	$(BIN)/python -m tests.soak.fits --fits 300

oracle: $(VENV)/.installed-oracle
	$(BIN)/python -m pytest tests/nn/keras_files/test_against_keras.py tests/nn/torch_files
	$(BIN)/python -m oracle --programs 10000 --libraries torch
	$(BIN)/python -m oracle --programs 2000 --libraries jax --few-shapes --progress build/oracle-jax.json

numpy-suite: $(VENV)/.installed-dev
	$(BIN)/python -m oracle.numpy_suite --anew

opinfo: $(VENV)/.installed-oracle
	$(BIN)/python -m oracle.opinfo --anew

hips: $(VENV)/.installed-dev
	$(BIN)/python -m tools.hips $(EXAMPLES) --at-least 26

docs: $(VENV)/.installed-docs
	$(BIN)/python -m tools.site

pictures: $(VENV)/.installed-dev
	$(BIN)/python -m tools.make_pictures

notebooks: $(VENV)/.installed-dev
	$(BIN)/python -m tools.make_notebooks

house: $(VENV)/.installed-dev
	$(BIN)/python -m tools.house

scripts: $(VENV)/.installed-dev
	$(BIN)/python -m tools.run_scripts $(FOLDER)

# Environments of their own: NumPy is what differs.
test-oldest:
	$(PYTHON) -m venv $(VENV)-oldest
	$(VENV)-oldest/bin/python -m pip --disable-pip-version-check install --quiet --editable '.[dev]' 'numpy==2.0.*'
	$(VENV)-oldest/bin/python -m pytest

test-newest:
	$(PYTHON) -m venv $(VENV)-newest
	$(VENV)-newest/bin/python -m pip --disable-pip-version-check install --quiet --editable '.[dev]'
	$(VENV)-newest/bin/python -m pip --disable-pip-version-check install --quiet --upgrade numpy
	$(VENV)-newest/bin/python -m pytest

dist: $(VENV)/.installed-dist
	$(BIN)/python -m tools.distribution --tests

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V). Try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-demo: $(VENV)/bin/python pyproject.toml
	$(PIP) install --quiet --editable '.[render,plot]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python pyproject.toml
	$(PIP) install --quiet --editable '.[dev]'
	@touch $@

$(VENV)/.installed-oracle: $(VENV)/bin/python pyproject.toml
	$(PIP) install --quiet --editable '.[dev,oracle]'
	@touch $@

$(VENV)/.installed-docs: $(VENV)/bin/python pyproject.toml
	$(PIP) install --quiet --editable '.[dev,docs]'
	@touch $(VENV)/.installed-dev $@

$(VENV)/.installed-dist: $(VENV)/bin/python pyproject.toml
	$(PIP) install --quiet --editable '.[dist]'
	@touch $@

$(VENV)/.installed-bench: $(VENV)/bin/python pyproject.toml
	$(PIP) install --quiet --editable '.[bench]'
	@touch $@

clean:
	rm -rf $(VENV) $(VENV)-oldest $(VENV)-newest build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis demo_output
