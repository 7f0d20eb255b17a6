# Every target brings what it needs: Python 3.11 or newer, make and git are enough.
# Tests use RHOAI_TEST_KUBECONFIG where it names a cluster's kubeconfig, else a control plane of their own.

PYTHON ?= python3
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements.lock
RUNTIME_LOCK := requirements-runtime.lock
BUILD_LOCK := requirements-build.lock
GO_LOCK := hack/control-plane/go-toolchain.lock
TOOLS_LOCK := hack/tools.lock
READY := $(VENV)/.ready
CLUSTER := .cluster
MKDOCS := NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
UV_LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-config

.DEFAULT_GOAL := help
.PHONY: $(shell awk -F: '/^[a-z.-]+:.*\#\# / {print $$1}' $(MAKEFILE_LIST))

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z.-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## Watch all components become Ready on a real control plane (PLAIN=1: without OpenShift's kinds)
	@$(BIN)/python -m hack.demo $(if $(PLAIN),--plain) $(ARGS)

demo-kind: $(READY) ## Watch ray become Ready on a kind cluster, with real pods (needs docker and kind)
	@$(BIN)/python -m hack.demo --kind --component ray $(ARGS)

run: $(READY) ## Run the operator here, against RHOAI_TEST_KUBECONFIG or a control plane in .cluster/
	@set -e; export KUBECONFIG="$${RHOAI_TEST_KUBECONFIG:-}"; kubectl=kubectl; \
	if [ -z "$$KUBECONFIG" ]; then \
		KUBECONFIG=$$($(BIN)/python -m hack.control_plane up $(CLUSTER)); kubectl=$(CLUSTER)/kubectl; \
	fi; \
	echo "Applying crds/ and running the operator; Ctrl-C stops it."; \
	$$kubectl apply --server-side -f crds/; \
	exec $(BIN)/rhoai-operator $(ARGS)

control-plane: $(READY) ## Start a control plane in .cluster/ (compiled the first time) and say how to use it
	@$(BIN)/python -m hack.control_plane up $(CLUSTER) >/dev/null
	@echo "Install the API:    $(CLUSTER)/kubectl apply --server-side -f crds/"
	@echo "Run the operator:   make run"
	@echo "Run tests on it:    RHOAI_TEST_KUBECONFIG=$(CLUSTER)/kubeconfig make test"
	@echo "Stop it:            make stop"

stop: ## Stop the control plane in .cluster/
	@[ ! -x $(BIN)/python ] || $(BIN)/python -m hack.control_plane down $(CLUSTER)

test: $(READY) ## Run every test, those that need a control plane included
	@[ -n "$$RHOAI_TEST_KUBECONFIG" ] || $(BIN)/python -m hack.control_plane build >/dev/null
	$(BIN)/pytest $(ARGS)

chaos: $(READY) ## Break everything at random, 200 times, and look whether it mends (ARGS="--rounds 20 --seed 1")
	@$(BIN)/python -m tests.chaos $(ARGS)

rights-check: $(READY) ## Run the integration tests and list the operator's rights that nothing used
	@mkdir -p build && rm -f build/rights.jsonl
	$(BIN)/pytest tests/integration --record-rights build/rights.jsonl $(ARGS)
	@$(BIN)/python -m hack.packaging.rights_check build/rights.jsonl

bench: $(READY) ## Measure against the bars of docs/benchmarks.md, on control planes of its own
	@$(BIN)/python -m bench $(ARGS)

check: $(READY) ## Format, lint, types, import contracts, unit and golden tests: no control plane needed
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MKDOCS) build --strict --quiet
	$(BIN)/pytest tests/unit tests/golden $(ARGS)

fix: $(READY) ## Format, and mend what the linter can mend
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

docs: $(READY) ## Build the documentation's site into build/site/ (ARGS=serve: show it, and follow changes)
	@$(MKDOCS) $(if $(ARGS),$(ARGS),build --strict)

golden: $(READY) ## Rewrite the golden files; read the diff like any other code
	$(BIN)/pytest tests/golden/test_golden.py --update-golden $(ARGS)

generate: $(READY) ## Write the generated files anew
	@$(BIN)/python -m hack.generate $(ARGS)

verify: $(READY) ## Fail when a generated file is stale
	@$(BIN)/python -m hack.generate --check $(ARGS)

lock: $(READY) ## Pin every dependency anew (ARGS=--upgrade: to its newest version)
	$(UV_LOCK) $(ARGS) --group dev --output-file $(LOCK) pyproject.toml
	$(UV_LOCK) --constraint $(LOCK) --output-file $(RUNTIME_LOCK) pyproject.toml
	$(UV_LOCK) --constraint $(LOCK) --group pyproject.toml:build --output-file $(BUILD_LOCK)
	$(UV_LOCK) $(ARGS) --group pyproject.toml:toolchain --output-file $(GO_LOCK)
	$(UV_LOCK) $(ARGS) --group pyproject.toml:tools --output-file $(TOOLS_LOCK)

bundle-check: $(READY) ## Have OLM's tools check bundle/ and olm-catalog/ (compiled the first time)
	@$(BIN)/python -m hack.packaging.bundle_check

chart-check: $(READY) ## Have Helm's and others' tools check the chart, install.yaml and what they render (compiled the first time)
	@$(BIN)/python -m hack.packaging.chart_check
	@$(BIN)/pytest --quiet tests/chart tests/unit/hack/packaging/test_chart.py $(ARGS)

install.yaml: generate ## Write the plain manifest anew

tools: $(READY) ## Get the programs that check what is packaged, and say their versions
	@$(BIN)/python -m hack.tools --versions $(ARGS)

wheel: $(READY) ## Build the wheel, the same bytes wherever it is built, into dist/
	@$(BIN)/python -m hack.wheel $(ARGS)

image: $(READY) ## Build the image with podman, buildah or docker (ARGS="--base REFERENCE --tag NAME")
	@$(BIN)/python -m hack.image $(ARGS)

image-check: $(READY) ## Build the image without a registry, look into it, and install a platform with it (as root)
	@[ -n "$$RHOAI_TEST_KUBECONFIG" ] || $(BIN)/python -m hack.control_plane build >/dev/null
	$(BIN)/pytest tests/image $(ARGS)

sbom: $(READY) ## Write the image's bill of materials (CycloneDX) into dist/
	@$(BIN)/python -m hack.packaging.sbom $(ARGS)

audit: $(READY) ## Ask for known vulnerabilities of what the image brings (needs an advisory service)
	@"$$($(BIN)/python -m hack.tools pip-audit)" --strict --disable-pip --require-hashes \
		--requirement $(RUNTIME_LOCK) $(ARGS)

alerts-check: $(READY) ## Check the alerts' rules, and play their scenarios, with promtool
	@set -e; promtool=$$($(BIN)/python -m hack.tools promtool); \
	$$promtool check rules --lint=all --lint-fatal config/monitoring/rules.yaml; \
	$$promtool test rules config/monitoring/rules_test.yaml

picture: $(READY) ## Draw docs/demo.svg from a run of the demo
	@$(BIN)/python -m hack.demo --picture docs/demo.svg $(ARGS)

clean: ## Stop .cluster/ and remove all that make made here; the compiled control plane stays cached
	@[ ! -x $(BIN)/python ] || $(BIN)/python -m hack.control_plane down $(CLUSTER)
	rm -rf $(CLUSTER) $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) --version 2>&1)."; \
		echo "Name one that is: make $(firstword $(MAKECMDGOALS)) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Installing $$(grep -c == $(LOCK)) locked packages into $(VENV)/ (about half a minute, once) ..."
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes --requirement $(LOCK)
	@PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
