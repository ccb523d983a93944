# Everything that a person, or CI, does with this checkout. Each target installs the Debian packages that it needs and that are missing.

SHELL := /bin/bash
SWIFT ?= swift
# Product and tests share one configuration: debug numerics are five times slower, and one build directory stays warm.
CONFIGURATION := release
FLYBALL := .build/$(CONFIGURATION)/flyball

BUILD_PACKAGES := libncurses-dev libopenblas-dev libsqlite3-dev zlib1g-dev
RUN_PACKAGES := ncurses-term
TEST_PACKAGES := tmux procps curl util-linux
SLOW_PACKAGES := python3-venv
BENCH_PACKAGES := python3-venv

FUZZ_SECONDS ?= 60
FUZZ_BUILD := .build-fuzz

.PHONY: run build test test-slow fuzz lint bench bench-learning help build-packages test-packages slow-packages bench-packages

help:
	@echo 'make run        install what is missing, build, open the console on a live demo'
	@echo 'make test       the fast tests'
	@echo 'make test-slow  the fast tests and the slow ones: faults, fuzzing, soak'
	@echo 'make fuzz       every reader of outside bytes under libFuzzer, FUZZ_SECONDS=$(FUZZ_SECONDS) each; a failing input is kept'
	@echo 'make lint       the formatter, strictly'
	@echo 'make bench      every benchmark of the product; ratios against named peers'
	@echo 'make bench-learning  trainings and single rows beside LightGBM, XGBoost, scikit-learn, Vowpal Wabbit and ONNX Runtime, which it installs in a scratch directory'

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

bench-packages:
	$(call install,$(BUILD_PACKAGES) $(BENCH_PACKAGES))

build: build-packages
	$(SWIFT) build -c $(CONFIGURATION) --product flyball

run: build
	$(FLYBALL) demo

# One run a module: tests that wait for sockets and clocks do not share their threads with tests that compute. The last one drives the real binary.
TEST_TARGETS := ArchitectureTests TabularTests LearningTests MonitoringTests StoreTests EngineTests ControlTests ServingTests WorkloadTests \
  ConsoleTests CellTests EndToEndTests

test: test-packages
	$(SWIFT) build -c $(CONFIGURATION) --product flyball
	$(SWIFT) build -c $(CONFIGURATION) --build-tests
	@failed=''; for target in $(TEST_TARGETS); do \
	  echo "== $$target"; $(SWIFT) test -c $(CONFIGURATION) --skip-build --filter "^$$target\." || failed="$$failed $$target"; \
	done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed" >&2; exit 1; fi

test-slow: export FLYBALL_SLOW := 1
test-slow: slow-packages test

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
