# Every verb of the project. `make` alone explains them.

.DEFAULT_GOAL := help
.PHONY: chaos soak rates replays sim help build release demo test test-all test-fast test-newest bench lint format dependencies librdkafka kafka image clean

ARGS ?=
JOBS ?= $(shell nproc)
MINUTES ?= 5
SOAK_MINUTES ?= 30
RATE_SECONDS ?= 60

help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: dependencies ## build for development
	swift build -j $(JOBS)

release: dependencies ## build for use: .build/release/martlet
	swift build -c release -j $(JOBS) --product martlet

demo: release ## a live mirror between two clusters inside one process, with a verdict (ARGS="--json")
	.build/release/martlet demo $(ARGS)

test: test-dependencies ## everything: lint, build, fast tests, sanitizers, real Kafka
	JOBS=$(JOBS) scripts/test

test-all: test ## the long set: 2 million records a run, ten rounds of joining and leaving, the newest librdkafka
	MARTLET_TEST_RECORDS=2000000 MARTLET_TEST_ROUNDS=10 JOBS=$(JOBS) scripts/test build kafka
	$(MAKE) test-newest

test-fast: dependencies ## only what needs no Kafka and no sanitizer
	JOBS=$(JOBS) scripts/test lint build fast

test-newest: ## the tests against librdkafka 2.12.1, built from source (LIBRDKAFKA_TARBALL)
	@scripts/install-dependencies --with-java --with-codecs
	JOBS=$(JOBS) scripts/test-newest

sim: dependencies ## simulated runs (SEED=n repeats one and shows what happens in it)
	SEED=$(SEED) swift test --disable-xctest -j $(JOBS) --filter '^SimulationTests\.'

chaos: test-dependencies ## break processes, brokers and networks (MINUTES=5 SEED=n DELIVERY=at-least-once RATE=3000)
	swift build --build-tests -j $(JOBS)
	MARTLET_CHAOS_MINUTES=$(MINUTES) MARTLET_CHAOS_SEED=$(SEED) MARTLET_CHAOS_DELIVERY=$(DELIVERY) \
		MARTLET_CHAOS_RATE=$(RATE) swift test --skip-build --disable-xctest --filter '/UnderFire/ChaosRun/'

soak: ## half an hour of faults, after which memory, descriptors and threads must be where they were (SOAK_MINUTES=30)
	$(MAKE) chaos MINUTES=$(SOAK_MINUTES)

rates: test-dependencies ## one rate over one to four processes, a minute for each phase (RATE_SECONDS=60), times judged
	swift build --build-tests -j $(JOBS)
	MARTLET_RATE_SECONDS=$(RATE_SECONDS) MARTLET_STRICT_TIMING=1 swift test --skip-build --disable-xctest \
		--filter '/Rated/'

replays: test-dependencies ## a minute of bursts at half, once, twice and four times the speed, times judged
	swift build --build-tests -j $(JOBS)
	MARTLET_STRICT_TIMING=1 swift test --skip-build --disable-xctest --filter '/Replayed/'

bench: release ## measure against other mirrors; see bench/
	bench/run $(ARGS)

lint: ## check the format of the sources
	scripts/test lint

format: ## write the sources in their format
	swift format --in-place --recursive --parallel Package.swift Sources Tests

dependencies: ## install the C libraries where they are missing
	@scripts/install-dependencies

.PHONY: test-dependencies
test-dependencies:
	@scripts/install-dependencies --with-java
	@scripts/fetch-kafka --unless-found || echo "no Kafka: the tests that need it say so" >&2

librdkafka: ## build librdkafka 2.12.1 beside the distribution's
	@scripts/install-dependencies --with-codecs
	@scripts/build-librdkafka

kafka: ## fetch Apache Kafka for the tests, its digest checked
	scripts/fetch-kafka

image: ## build the container image
	docker build -t martlet:dev .

clean: ## remove everything that was built
	rm -rf .build
