# Everything that a person, or CI, does with this checkout. Each target installs the Debian packages that it needs and that are missing.

SHELL := /bin/bash
SWIFT ?= swift
# Product and tests share one configuration: debug numerics are five times slower, and one build directory stays warm.
CONFIGURATION := release
# Colours are a flag of the compiler: with them on terminals only, what a terminal built a pipe builds anew, and the other way round.
BUILD := $(SWIFT) build --no-color-diagnostics -c $(CONFIGURATION)
FLYBALL := .build/$(CONFIGURATION)/flyball

BUILD_PACKAGES := libncurses-dev libopenblas-dev libsqlite3-dev zlib1g-dev libbz2-dev liblzma-dev libzstd-dev
RUN_PACKAGES := ncurses-term
TEST_PACKAGES := tmux procps curl openssl util-linux
SLOW_PACKAGES := python3-venv
BENCH_PACKAGES := python3-venv
PYTHON_PACKAGES := python3-venv

# strace injects errors, cc compiles a library that lies about the clock, mkfs makes a disk that is full.
FAULT_PACKAGES := strace e2fsprogs mount gcc libc6-dev

FUZZ_SECONDS ?= 60
SOAK_MINUTES ?= 60
FUZZ_BUILD := .build-fuzz

.PHONY: run build test test-slow tests faults soak fuzz lint bench bench-learning bench-sets python pictures help
.PHONY: build-packages test-packages slow-packages fault-packages bench-packages python-packages

help:
	@echo 'make run        install what is missing, build, open the console on a live demo'
	@echo 'make test       the fast tests'
	@echo 'make test-slow  the fast tests and the slow ones: some faults, simulated days, fuzzing'
	@echo 'make faults     kill -9, errors and want of room on disks, changed bytes, clocks that jump: at length, with a table; FAULTS_SEED= repeats'
	@echo 'make soak       SOAK_MINUTES=$(SOAK_MINUTES) at half load with everything that goes on: what grows, and its bound'
	@echo 'make fuzz       every reader of outside bytes under libFuzzer, FUZZ_SECONDS=$(FUZZ_SECONDS) each; a failing input is kept'
	@echo 'make pictures   the pictures of the README and of docs/, from a seeded demo'
	@echo 'make lint       the formatter, strictly'
	@echo 'make bench      every benchmark of the product; ratios against named peers'
	@echo 'make python     the wheel of clients/python into .build/python, tried on a real engine'
	@echo 'make bench-learning  trainings and single rows beside LightGBM, XGBoost, scikit-learn, Vowpal Wabbit and ONNX Runtime, which it installs in a scratch directory'
	@echo 'make bench-sets  docs/learning-sets.md: 17 kinds of tables beside scikit-learn and LightGBM; SPLITS=$(SPLITS), SEARCH=$(SEARCH) seconds; half an hour'

# Installs those of $(1) that dpkg does not know as installed; as root, or through sudo.
define install
	@missing=''; for package in $(1); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then root=''; elif command -v sudo >/dev/null; then root=sudo; else \
	    echo "missing Debian packages:$$missing: run as root, or install sudo" >&2; exit 1; fi; \
	  echo "installing$$missing"; \
	  $$root apt-get update -q && $$root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
	fi
endef

build-packages:
	$(call install,$(BUILD_PACKAGES) $(RUN_PACKAGES))

test-packages:
	$(call install,$(BUILD_PACKAGES) $(RUN_PACKAGES) $(TEST_PACKAGES))

slow-packages:
	$(call install,$(SLOW_PACKAGES))

fault-packages:
	$(call install,$(FAULT_PACKAGES))

bench-packages:
	$(call install,$(BUILD_PACKAGES) $(BENCH_PACKAGES))

python-packages:
	$(call install,$(BUILD_PACKAGES) $(PYTHON_PACKAGES))

build: build-packages
	$(BUILD) --product flyball

run: build
	$(FLYBALL) demo

pictures: build test-packages
	docs/pictures/draw $(FLYBALL)

# One run a module: tests that wait for sockets and clocks do not share their threads with tests that compute. The last one drives the real binary.
TEST_TARGETS := ArchitectureTests TabularTests LearningTests MonitoringTests StoreTests EngineTests SimulationTests ControlTests ServingTests WorkloadTests \
  ConsoleTests ReportsTests CellTests EndToEndTests

test: tests
	@failed=''; for target in $(TEST_TARGETS); do \
	  echo "== $$target"; $(SWIFT) test -c $(CONFIGURATION) --skip-build --filter "^$$target\." || failed="$$failed $$target"; \
	done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed" >&2; exit 1; fi

test-slow: export FLYBALL_SLOW := 1
test-slow: slow-packages fault-packages test
	$(MAKE) fuzz

tests: test-packages
	$(BUILD) --product flyball
	$(BUILD) --build-tests

# The table goes to .build/faults.md too.
faults: export FLYBALL_FAULTS := $(CURDIR)/.build/faults.md
faults: fault-packages tests
	$(SWIFT) test -c $(CONFIGURATION) --skip-build --filter '^EndToEndTests\.FaultTests/all'

soak: export FLYBALL_SOAK = $(SOAK_MINUTES)
soak: tests
	$(SWIFT) test -c $(CONFIGURATION) --skip-build --filter '^EndToEndTests\.SoakTests'

# A build of its own: every branch is instrumented. A target ends the run when it traps, hangs for ten seconds or takes 2 GiB.
fuzz: export FLYBALL_FUZZ := 1
fuzz: build-packages
	$(SWIFT) build -c release --sanitize fuzzer --scratch-path $(FUZZ_BUILD) --product flyball-fuzz
	@failed=''; for target in $$($(FUZZ_BUILD)/release/flyball-fuzz); do \
	  echo "== $$target"; \
	  $(FUZZ_BUILD)/release/flyball-fuzz $$target $(FUZZ_BUILD)/corpus/$$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
	    -rss_limit_mb=2048 -artifact_prefix=$(FUZZ_BUILD)/$$target- -print_final_stats=1 >$(FUZZ_BUILD)/$$target.log 2>&1 || \
	    { failed="$$failed $$target"; tail -n 40 $(FUZZ_BUILD)/$$target.log; }; \
	  grep -E '^stat::(number_of_executed_units|average_exec_per_sec|peak_rss_mb)' $(FUZZ_BUILD)/$$target.log || true; \
	done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed" >&2; exit 1; fi

lint:
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests

bench: build
	$(FLYBALL) bench

python: build python-packages
	clients/python/check.sh $(FLYBALL) .build/python

# The versions that Tests/Oracles/README.md names; the directory goes when the figures are out.
PEERS := numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1 lightgbm==4.7.0 xgboost==3.2.0 vowpalwabbit==9.11.9 \
  onnx==1.23.2 onnxruntime==1.32.0 onnxmltools==1.16.0

# The logistic regression is measured on the year of flights.
FLIGHTS ?= ../shared/data/flights-2013.csv.gz
ELECTRICITY ?= ../shared/data/electricity-nsw.csv.gz

bench-learning: build bench-packages
	@peers=$$(mktemp -d) && trap 'rm -rf "$$peers"' EXIT && python3 -m venv "$$peers" && \
	"$$peers/bin/pip" install --quiet --disable-pip-version-check $(PEERS) && \
	"$$peers/bin/python" Tests/Oracles/bench_learning.py $(FLYBALL) bench trees --json && \
	"$$peers/bin/python" Tests/Oracles/bench_linear.py $(FLIGHTS) $(FLYBALL) bench linear --data $(FLIGHTS) --json && \
	"$$peers/bin/python" Tests/Oracles/bench_online.py $(ELECTRICITY) $(FLYBALL) bench online --data $(ELECTRICITY) --json && \
	"$$peers/bin/python" Tests/Oracles/bench_latency.py $(FLYBALL) bench predict --json

# Divisions of each table's rows, and the seconds of each search.
SPLITS ?= 4
SEARCH ?= 4

bench-sets: build bench-packages
	@peers=$$(mktemp -d) && trap 'rm -rf "$$peers"' EXIT && python3 -m venv "$$peers" && \
	"$$peers/bin/pip" install --quiet --disable-pip-version-check $(PEERS) && \
	"$$peers/bin/python" Tests/Oracles/bench_sets.py $(FLYBALL) --splits $(SPLITS) --search $(SEARCH) --output docs/learning-sets.md
