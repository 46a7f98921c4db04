# What one does with Kith; `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup build build-tests run test test-setup lint unit-tests fault-tests end-to-end-tests test-engines fuzz torture bench \
	test-containers format clean

# What Swift links against, and what the tests drive.
BUILD_PACKAGES := libcurl4-openssl-dev libidn2-dev libisal-dev libjemalloc-dev libjq-dev libnats-dev libphonenumber-dev \
	libpq-dev libsqlite3-dev libunistring-dev pkg-config zlib1g-dev
TEST_PACKAGES := chromium chromium-driver dovecot-imapd e2fsprogs iproute2 iptables mount nats-server openssl postgresql prometheus \
	python3-venv strace \
	tryton-modules-party tryton-modules-sale-opportunity tryton-server util-linux
# What those Singer taps are compiled with that come without a wheel for this machine.
TAP_PACKAGES := gcc libpq-dev python3-dev
BENCH_PACKAGES := nginx-light postgresql python3-venv wrk

DATA ?= .kith
VENV := .venv
PYTHON := $(VENV)/bin/python
MAIN_TESTS := $(addprefix Tests/EndToEnd/test_, $(addsuffix .py, story one_customer query_api explain decisions erasure \
	rebuild retention audit topics start shutdown poison bad_input ingest_contract metrics webhooks connectors notifier \
	browser))
# Which end-to-end tests go with the first half, so that both take about as long: those on engines of their own, and of Singer.
FIRST_TESTS := $(addprefix Tests/EndToEnd/test_, $(addsuffix .py, cluster_backup members members_cut_off nats postgresql \
	postgresql_store profile_members shutdown_engines shutdown_nats singer store_copy))
CLIENTS := $(basename $(notdir $(wildcard Tests/EndToEnd/clients/*.txt)))
TAPS := $(basename $(notdir $(wildcard Tests/EndToEnd/taps/*.txt)))
SOURCES := Package.swift Services Shared Tests Benchmarks

help:  ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## Install what the build needs and the machine lacks
	@command -v swift >/dev/null || { echo "Kith needs Swift 6.2 or newer: install it first (swift.org/install)." >&2; exit 1; }
	@.ci/install $(BUILD_PACKAGES)

build: setup  ## Build everything, for development
	swift build

run: setup  ## Build everything for use, start it with the sample customers, and say what to try
	swift build -c release
	@exec .build/release/kith up --data $(DATA) --sample

test: setup  ## Run the tests, with a short torture
# What the tests need is fetched while the build computes; their first half computes at first, the other mostly waits for what it has started.
	$(MAKE) --jobs 2 lint test-setup build-tests
	$(MAKE) --jobs 2 fault-tests end-to-end-tests

test-setup: $(VENV)/ready $(CLIENTS:%=$(VENV)/clients/%/ready) $(TAPS:%=$(VENV)/taps/%/ready)
	@.ci/install $(TEST_PACKAGES)

lint:
	swift format lint --strict --recursive --parallel $(SOURCES)

build-tests:
	swift build --build-tests

unit-tests: build-tests
# What failed is said once more at the end, where it is looked for.
	swift test --skip-build --experimental-maximum-parallelization-width 4 2>&1 | tee .build/unit-tests.log \
		|| { grep --after-context 3 '✘' .build/unit-tests.log; exit 1; }

fault-tests: unit-tests
	$(VENV)/bin/pytest Tests/Faults Tests/Generator Tests/Torture $(FIRST_TESTS)

end-to-end-tests:
	$(VENV)/bin/pytest Tests/EndToEnd $(FIRST_TESTS:%=--ignore=%)

test-engines: setup test-setup build-tests  ## Run the main end-to-end tests with PostgreSQL and NATS in place of files
# All of them with each form that there is, some six minutes each: either alone, and both, which several processes of a service need.
	failed=0; \
	KITH_TEST_STORE=postgres KITH_TEST_LOG=nats $(VENV)/bin/pytest $(MAIN_TESTS) || failed=1; \
	KITH_TEST_STORE=postgres $(VENV)/bin/pytest $(MAIN_TESTS) || failed=1; \
	KITH_TEST_LOG=nats $(VENV)/bin/pytest $(MAIN_TESTS) || failed=1; \
	exit $$failed

fuzz: setup test-setup build-tests  ## Hold the store for an hour against resolving random events all at once
	KITH_TEST_SEEDS=$(or $(SEEDS),100) swift test --skip-build --experimental-maximum-parallelization-width 2 \
		--filter 'PipelineIdentityTests|PipelineErasureTests|PipelineDecisionTests|PipelinePhoneTests|StoredExplanationTests'

torture: setup test-setup  ## Prove for three quarters of an hour that no fault loses or doubles an event
	swift build -c release
	failed=0; \
	LOG_WRITER=.build/release/LogWriter $(PYTHON) Tests/Faults/log_faults.py 10 || failed=1; \
	LOG_WRITER=.build/release/LogWriter $(PYTHON) Tests/Faults/rewriting_faults.py 10 || failed=1; \
	LOG_WRITER=.build/release/LogWriter $(PYTHON) Tests/Faults/nats_faults.py 10 || failed=1; \
	$(PYTHON) Tests/Faults/nats_engine.py 60 || failed=1; \
	(cd Tests && ../$(PYTHON) -m Torture --programs ../.build/release) || failed=1; \
	exit $$failed

bench: setup $(VENV)/ready  ## Measure everything that has a goal, beside nginx and a bare route
	@.ci/install $(BENCH_PACKAGES)
	swift build -c release
	swift build -c release --package-path Benchmarks
	$(PYTHON) Benchmarks --programs .build/release --bare-route Benchmarks/.build/release/bare-route

test-containers: $(VENV)/ready  ## Build the images, start them with both compose files and send events through them
# An image takes longer to build than a test may stand still elsewhere, and more room than is to be had in memory.
	TMPDIR=/tmp $(VENV)/bin/pytest --containers -o faulthandler_timeout=0 Tests/EndToEnd/test_containers.py Tests/EndToEnd/test_containers_cluster.py

format:  ## Format all Swift sources
	swift format --in-place --recursive --parallel $(SOURCES)

clean:  ## Remove what was built; the data directory stays
	rm -rf .build Benchmarks/.build $(VENV)

$(VENV)/ready: Tests/requirements.txt
	@.ci/install python3-venv
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# Client libraries whose requirements contradict one another, each in a folder of its own.
$(VENV)/clients/%/ready: Tests/EndToEnd/clients/%.txt $(VENV)/ready
	rm -rf $(@D)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --target $(@D) --requirement $<
	@touch $@

# Singer taps as wheels, so that Kith installs them in the tests quickly and without a network.
$(VENV)/taps/%/ready: Tests/EndToEnd/taps/%.txt $(VENV)/ready
	@.ci/install $(TAP_PACKAGES)
	rm -rf $(@D)
	$(VENV)/bin/pip wheel --quiet --disable-pip-version-check --wheel-dir $(@D) --requirement $<
	@touch $@
