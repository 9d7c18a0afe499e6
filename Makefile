.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
CODE := function_app.py functions relaykeeper shared infra tests

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.PHONY: python
python:
	@infra/local/bootstrap.sh

.PHONY: setup
setup: python ## Install what the local stack needs and this machine lacks (needs root or sudo)
	@$(PYTHON) -m infra.local.setup

.PHONY: test-tools
test-tools: setup ## Get what tests need besides the local stack
	@$(PYTHON) -m infra.local.setup --tests

.PHONY: demo
demo: ## Start the stack, renew everything once, prove it, tick again (KEEP=1 keeps the stack)
	@began=$$(date +%s.%N) && $(MAKE) --no-print-directory setup && \
		$(PYTHON) -m infra.local.demo --began $$began $(if $(KEEP),--keep)

.PHONY: up
up: setup ## Start the stack and the functions host, tick and watch once, print how to reach everything
	@$(PYTHON) -m infra.local.up

.PHONY: down
down: python ## Stop what `make up` or `make demo KEEP=1` left running
	@$(PYTHON) -m infra.local.down

.PHONY: check
check: python ## Format, lint, types, import rules, unit tests
	@.venv/bin/ruff format --check --quiet $(CODE)
	@.venv/bin/ruff check --quiet $(CODE)
	@.venv/bin/mypy $(CODE)
	@.venv/bin/lint-imports --no-logo --no-cache
	@.venv/bin/pytest -n 2 --dist worksteal -p no:schemathesis tests/unit

.PHONY: test
test: test-tools check ## Check, workflows on fakes, adapters on the wire, contract tests, end-to-end tests on the stack
	@.venv/bin/pytest -n 2 --dist worksteal tests/workflows
	@.venv/bin/pytest -n 4 --dist worksteal --ignore=tests/unit --ignore=tests/workflows

.PHONY: test-azure
test-azure: python ## Contract tests against the real Azure services that the environment names (docs/real-azure.md)
	@RELAYKEEPER_TEST_AZURE=1 .venv/bin/pytest -m azure -rs -p no:randomly tests/contract

.PHONY: bench
bench: setup ## Measure indexing, the command's start, and sessions that fail while certificates are swapped, at a hundred a second (5 minutes)
	@$(PYTHON) -m infra.local.bench

.PHONY: package
package: python ## Make .local/relaykeeper.zip of app, dependencies and INVENTORY=FILE, to deploy without a remote build
	@infra/local/package.sh .local/relaykeeper.zip $(INVENTORY)

CHOSEN = --env "$(ENV)" $(if $(RELEASE),--release $(RELEASE))
MADE_FROM = $(if $(INVENTORY),--inventory $(INVENTORY)) $(if $(KEY),--key $(KEY))
ALLOWED = $(if $(BREAK_GLASS),--break-glass $(BREAK_GLASS))

.PHONY: release
release: python ## Make the release of this commit for ENV=dev (INVENTORY=FILE KEY=FILE): zip, SBOM, sums, signature
	@$(PYTHON) -m infra.deploy package --env "$(ENV)" $(MADE_FROM)

.PHONY: plan
plan: python ## Show and save what `make deploy ENV=dev` would change in Azure; changes nothing
	@$(PYTHON) -m infra.deploy plan --env "$(ENV)"

.PHONY: deploy
deploy: python ## Make a release, apply the plan that is shown, upload, test (ENV=dev PLAN=FILE RELEASE=FOLDER REMOVE=yes)
	@$(PYTHON) -m infra.deploy deploy $(CHOSEN) $(MADE_FROM) $(ALLOWED) $(if $(PLAN),--plan $(PLAN)) \
		$(if $(filter yes,$(REMOVE)),--remove)

.PHONY: rollback
rollback: python ## Upload an earlier release and test it (ENV=dev RELEASE=VERSION)
	@$(PYTHON) -m infra.deploy rollback $(CHOSEN) $(ALLOWED)

.PHONY: second-clock
second-clock: python ## Ask a deployed app for a tick if its health is not well (URL=https://APP SCOPE=api://ID/.default)
	@$(PYTHON) -m infra.deploy tick --url $(URL) --scope $(SCOPE)

.PHONY: format
format: python ## Format the code and mend what the linter can mend
	@.venv/bin/ruff format --quiet $(CODE)
	@.venv/bin/ruff check --fix $(CODE)

.PHONY: generate
generate: python ## Write requirements.txt, the schema, the public names, the costs, and tables of infra/azure
	@infra/local/requirements.sh > requirements.txt
	@$(PYTHON) -m shared.inventory.schema > docs/inventory.schema.json
	@$(PYTHON) -m infra.local.public_names > docs/public-names.txt
	@$(PYTHON) -m tests.costs > docs/costs.md
	@$(PYTHON) -m infra.azure.check.readme
