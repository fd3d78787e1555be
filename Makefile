# Thin names over cargo. `make help` lists them.
KONTOR := cargo run --quiet --release --package kontor --
SERVICES := --features acceptance/services,infra-rabbitmq/services,infra-redis/services,infra-sea-orm/services,kontor/services

PROVE ?= --release

.DEFAULT_GOAL := help
.PHONY: help install run dev prod worker test test-all prove check lint lint-fix format revision upgrade \
	downgrade init-db db-reset seed bench openapi docs clients fuzz browser docker-build docker-up docker-down docker-check clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

install: ## Put the kontor command on the path, and the licence checker beside it
	cargo install --locked --path crates/kontor
	cargo install --locked cargo-deny

run: ## A working store with demo data, on http://127.0.0.1:8000
	cargo build --release --package kontor
	./target/release/kontor dev

dev: ## The same from a debug build
	cargo run --package kontor -- dev

prod: ## API and worker in one process, with your own settings
	$(KONTOR) serve

worker: ## The worker alone
	$(KONTOR) worker

test: ## Every test that needs no server
	cargo test --workspace --locked

test-all: ## Every test, against PostgreSQL, Redis and RabbitMQ as well
	cargo test --workspace --locked $(SERVICES)

prove: ## Every proof in full size; PROVE= for a debug build
	cargo test $(PROVE) --locked --package acceptance --features proofs,services --test it -- proofs:: --test-threads 1
	cargo test $(PROVE) --locked --package kontor --features proofs --test it -- proofs:: --test-threads 1 --nocapture

check: lint docs ## Format, lints, architecture, generated documents, licences
	cargo xtask arch
	cargo deny --log-level error check bans licenses sources

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked $(SERVICES) -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --locked --quiet

lint-fix: ## Mend what the linter can mend
	cargo clippy --workspace --all-targets --fix --allow-dirty
	cargo fmt --all

format: ## Format the code
	cargo fmt --all

revision: ## Start a migration: make revision NAME=add_coupons
	@test -n "$(NAME)" || (echo "usage: make revision NAME=verb_object" && exit 1)
	cargo xtask revision $(NAME)

upgrade: ## Apply the migrations
	$(KONTOR) migrate up

downgrade: ## Undo the last migration
	$(KONTOR) migrate down

init-db: ## Make the database ready
	$(KONTOR) init-db

db-reset: ## Drop everything and migrate again
	$(KONTOR) migrate fresh --yes

seed: ## Fill the catalogue with demo products
	$(KONTOR) seed

bench: ## Measure: orders on both stacks, start, memory; cached reads; messages
	cargo bench --package kontor --bench orders
	cargo bench --package kontor --bench reads
	cargo bench --package kontor --bench messages

openapi: ## Write docs/openapi.json and the other generated documents
	cargo xtask docs

docs:
	cargo xtask docs --check

clients: ## Lint the API document, make three clients from it, let each buy something
	clients/run

fuzz: ## Ask a store all that its document allows, and much that it does not
	clients/fuzz

browser: ## Walk through the pages of a store in Chromium
	cargo build --package kontor
	clients/browser

docker-build: ## Build the image
	docker compose build

docker-up: ## PostgreSQL, Redis, RabbitMQ, two APIs' worth of store
	docker compose up --detach --wait

docker-down: ## Stop it
	docker compose down

docker-check: ## Check the files for containers, without an engine
	.ci/docker-check

clean: ## Remove what was built
	cargo clean
