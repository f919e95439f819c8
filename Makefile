# make         build everything into bin/, the example config beside it
# make run     start the first server of the example config on 127.0.0.1:31337
# make test    vet, and every test
# make race    every test with the race detector
# make lru-long  the store against its model: OPERATIONS (100 million) random ones, minutes
# make fuzz    every fuzz target for FUZZTIME (10s) each
# make bench   every benchmark, or those that BENCH matches
# make bench-cpu  CPU a request beside redis-server, into docs/performance.md; CPUFLAGS='--rows 1deep' for some rows
# make lint    gofmt, vet and staticcheck
# make ci      what has to pass before a change lands: lint, test, race, fuzz
# make clean   remove bin/

SHELL      := /bin/bash
.SHELLFLAGS := -o pipefail -ec

GO        ?= go
# poll_opt is gnet's other poller; docs/architecture.md says what it was measured to bring.
TAGS      ?= poll_opt
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT    ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
LDFLAGS   ?= -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)
TESTFLAGS ?=
RACEFLAGS ?=
FUZZTIME  ?= 10s
OPERATIONS ?= 100000000
BENCH     ?= .
BENCHFLAGS ?= -benchmem -timeout 60m
CPUFLAGS  ?=
# Modules beside the main one, such as benchmarks against others that the product must not drag in.
NESTED     = $(filter-out ./tools,$(patsubst %/go.mod,%,$(shell find . -mindepth 2 -name go.mod -not -path './bin/*')))

.DEFAULT_GOAL := all
.PHONY: help all build run test race lru-long fuzz bench bench-cpu lint ci clean

all: build bin/cacheGopherConfig.json

build:
	CGO_ENABLED=0 $(GO) build -tags '$(TAGS)' -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

# A copy that was edited is newer than the original and stays.
bin/cacheGopherConfig.json: deploy/cacheGopherConfig.json
	mkdir -p bin && cp $< $@

run: all
	cd bin && exec ./cachegopher --config cacheGopherConfig.json --server-id server_A1

test:
	$(GO) vet -tags '$(TAGS)' ./...
	$(GO) test -tags '$(TAGS)' $(TESTFLAGS) ./...
	@for m in $(NESTED); do echo "module $$m"; (cd $$m && $(GO) vet ./... && $(GO) test $(TESTFLAGS) ./...); done

# Without poll_opt: that poller keeps pointers in the kernel, where checkptr refuses their alignment.
race:
	$(GO) test -race $(RACEFLAGS) ./...

# The seed is printed; CACHEGOPHER_SEED repeats a run.
lru-long:
	CACHEGOPHER_OPERATIONS=$(OPERATIONS) $(GO) test -count=1 -v -timeout 2h -run '^TestModelLong$$' ./lru
	$(GO) test -count=1 -v -timeout 2h -run '^TestModel$$' ./lru -rapid.checks=20000

# Every fuzz target in turn, found by name. Minimizing is kept short: it would take most of the time.
fuzz:
	@$(GO) test -tags '$(TAGS)' -list '^Fuzz' ./... \
	| awk '/^Fuzz/ {names[n++] = $$1} /^ok/ {for (i = 0; i < n; i++) print $$2, names[i]; n = 0}' \
	| while read -r package name; do \
		echo "fuzz $$package $$name"; \
		$(GO) test -tags '$(TAGS)' -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 50x "$$package" </dev/null; \
	done

bench:
	$(GO) test -tags '$(TAGS)' -run '^$$' -bench '$(BENCH)' $(BENCHFLAGS) ./...

# Wants redis-server in PATH and two cores that nobody else uses.
bench-cpu: build
	$(GO) run ./bench/cpuratio --json docs/performance.json --document docs/performance.md $(CPUFLAGS)

lint:
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "not formatted by gofmt: $$unformatted"; exit 1; }
	$(GO) vet -tags '$(TAGS)' ./...
	$(GO) tool -modfile=tools/go.mod staticcheck -tags '$(TAGS)' ./...

ci: lint test race fuzz

help:
	@sed -n 's/^# make/make/p' Makefile

clean:
	rm -rf bin
