# The menu. What is longer than five lines is a script in scripts/.
.DEFAULT_GOAL := help
.PHONY: help run dev test faults cluster fuzz lint fmt gen bench screenshots release ci

help: ## Show this menu
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build and start Mockly with LiveKit and demo accounts (PORT=8080); Ctrl-C stops it all
	@scripts/run.sh

dev: ## The same, and the web UI with reload at http://localhost:5173
	@scripts/dev.sh

test: ## Run every test, with private PostgreSQL and LiveKit (ARGS="-p mockly-data" narrows)
	@scripts/test.sh $(ARGS)

faults: ## Do harm to the server and see that it keeps its promises (ARGS="database" narrows)
	@scripts/faults.sh $(ARGS)

cluster: ## Harm two nodes with 1,000 clients in turn, and see what each has heard (ARGS="10" takes 200)
	@scripts/cluster.sh $(ARGS)

fuzz: ## Look for bytes that break a reader, a minute for each (ARGS="600 stomp-frames" chooses)
	@scripts/fuzz.sh $(ARGS)

lint: ## Check format, clippy, docs, shell scripts, secrets, the web UI and licences
	@scripts/lint.sh

fmt: ## Format the code
	@cargo fmt --all

gen: ## Write docs/openapi.json, docs/asyncapi.json, .env.example and docs/configuration.md anew
	@scripts/gen.sh

bench: ## Measure sockets and REST in the release profile (ARGS goes to bench/run.sh)
	@bench/run.sh $(ARGS)

screenshots: ## Photograph pages and states of the web UI into web/screenshots
	@scripts/screenshots.sh

.PHONY: conformance
conformance: ## Run the public protocol suites that are at hand (ARGS="DIRECTORY" has their checkouts)
	@scripts/conformance.sh $(ARGS)

release: ## Build the release binary with the web UI, target/release/mockly
	@scripts/web.sh build
	@cargo build --release --locked --package mockly

ci: ## Everything that must hold before a change lands
	@scripts/ci.sh
