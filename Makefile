# make         build everything into bin/, the example config beside it
# make run     start a single node on 127.0.0.1:31337; RUNFLAGS='--address 127.0.0.1:4000' for other flags
# make run-cluster  an etcd and two groups of three on this machine, until Ctrl-C; kill a primary and see another one lead
# make test    vet, and every test
# make race    every test with the race detector, and the store's model tests with guard pages
# make lru-long  the store against its models: OPERATIONS (100 million) random operations, and a billion simpler ones
# make torture-memory  kill a process that uses the store in shared memory KILLS (10000) times, and damage what it left as often
# make fuzz    every fuzz target for FUZZTIME (10s) each
# make torture-views  a billion reads of memory that another process changes until it is killed; READS=1000000 for fewer
# make torture-kept  kill a node that keeps its memory under load, KEPTKILLS (1000) times, and compare what it then serves
# make torture  attack real nodes for 45 minutes, into the table of docs/reliability.md; torture-quick: 2 minutes, torture-brief: 30 seconds
# make sim     10,000 simulated replication groups without etcd, and 10,000 with it, and 1,250 that keep their memory
# make replica-faults  200 faults in a group of real nodes
# make failover  what clients see while the primary of a group changes: each fault 50 times, into docs/reliability.md; FAILOVERFLAGS='--rows kill --times 5'
# make moves  what clients see while slots move to a new group, 100 kills meanwhile, into docs/reliability.md (half an hour); MOVESFLAGS='--parts grow --keys 100000'; moves-quick: small data and 5 kills, 2 minutes, no document
# make realclients  clients of Redis Cluster, each with KEYS (100000) keys, while a group joins, slots move and a primary dies (4 minutes)
# make bench-replication  cost, lag and syncs of replication beside redis-server, into docs/performance.md (4 minutes); REPLFLAGS='--parts lag'
# make bench   every Go benchmark, or those that match BENCH
# make bench-peers  bin/cachegopher-bench-peers: cachegopher-bench with other libraries as targets
# make bench-suite  the standard set beside its peers, into docs/performance.md (15 minutes; QUICK=1: under 3, without the document)
# make bench-check  fail if a node takes over 15% more CPU a request than in bench/baseline.json, as a ratio to redis-server
# make bench-trust  experiments that show which figures of cachegopher-bench can be trusted; TRUSTFLAGS='--only stalls'
# make bench-cpu  CPU a request beside redis-server, into docs/performance.md; CPUFLAGS='--rows 1deep' for some rows
# make bench-peers-cpu  CPU, memory and latency beside Redis, Valkey, memcached and Pogocache, into docs/performance.md (15 minutes); VALKEY=PATH POGOCACHE=PATH if they are not in PATH
# make policies  eviction policies and other caches for Go on recorded requests, into docs/notes/eviction.md (20 minutes): TRACES='FILE...'; then their tests
# make bench-eviction  CPU of requests that evict, under several policies, into docs/performance.md (2 minutes)
# make bench-tls  CPU that TLS adds to a request, beside redis-server, into docs/performance.md (under 100 s)
# make peers   the Go client beside other clients, against redis-server and a node, into docs/performance.md (under two minutes)
# make tidy    go mod tidy in every module
# make lint    gofmt, vet (for darwin too) and staticcheck
# make vuln    govulncheck: vulnerabilities that the code reaches; SKIPPED where the database cannot be reached
# make ci      every check before a change lands: lint, test, race, fuzz
# make man           manual pages into MANDIR (bin/man)
# make packages      a deb and an rpm in dist/
# make test-packages install, upgrade and remove the deb, in a folder
# make release       reproducible binaries for every system in dist/, with checksums and a bill of materials
# make release-modules VERSION=v0.3.0  versions, requires and a tag for each module that others import; pushes nothing. DRY=1: only prints the steps
# make clean   remove bin/ and dist/

SHELL      := /bin/bash
.SHELLFLAGS := -o pipefail -ec

GO        ?= go
# poll_opt selects gnet's other poller; docs/architecture.md has the measured gain.
TAGS      ?= poll_opt
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT    ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
LDFLAGS   ?= -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)
TESTFLAGS ?=
RACEFLAGS ?=
TIMEOUT   ?= 10m
FUZZTIME  ?= 10s
RUNFLAGS  ?= --address 127.0.0.1:31337
FUZZJOBS  ?= 2
# Packages tested at a time: more than there are processors, since many tests mostly wait.
TESTJOBS  ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) * 3 / 2)))
OPERATIONS ?= 100000000
KILLS     ?= 10000
BENCH     ?= .
BENCHFLAGS ?= -benchmem -timeout 60m
CPUFLAGS  ?=
# Nested modules: they have dependencies that the product must not have, such as other caches to compare with.
NESTED     = $(filter-out ./tools,$(patsubst %/go.mod,%,$(shell find . -mindepth 2 -name go.mod -not -path './bin/*')))

# In a recipe, "all COMMAND..." runs a command, "all in FOLDER COMMAND..." runs it in a folder, and both continue after
# a failure. "report" then lists what failed, and fails. So one failure does not hide the next.
ALL = failed=(); \
	all() { echo "$$*"; if [ "$$1" = in ]; then (cd "$$2" && "$${@:3}"); else "$$@"; fi || failed+=("$$*"); }; \
	report() { [ $${\#failed[@]} = 0 ] || { printf 'FAILED: %s\n' "$${failed[@]}"; exit 1; }; }

.DEFAULT_GOAL := all
.PHONY: help all build run test race policies lru-long fuzz bench bench-cpu bench-peers bench-suite bench-check lint ci tidy peers clean

all: build bin/cacheGopherConfig.json

# go list names each module that it downloads, go build -v each package that it compiles: with empty caches this takes
# minutes, and the output shows progress.
build:
	@echo "1/2 downloading the modules that are missing"
	@$(GO) list -deps -tags '$(TAGS)' ./cmd/... >/dev/null
	@echo "2/2 compiling the packages that are not in Go's build cache"
	CGO_ENABLED=0 $(GO) build -v -tags '$(TAGS)' -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...
	@echo "built: $$(ls -d bin/cachegopher* | xargs)"

# An edited copy is newer than the original, so make keeps it.
bin/cacheGopherConfig.json: deploy/cacheGopherConfig.json
	mkdir -p bin && cp $< $@

# --address without --config starts a single node and ignores any config nearby.
run: all
	exec bin/cachegopher $(RUNFLAGS)

test:
	@$(ALL); \
	all $(GO) vet -tags '$(TAGS)' ./...; \
	all $(GO) test -vet=off -p $(TESTJOBS) -timeout $(TIMEOUT) -tags '$(TAGS)' $(TESTFLAGS) ./...; \
	for m in $(NESTED); do \
		all in $$m $(GO) vet -mod=mod ./...; \
		all in $$m $(GO) test -mod=mod -vet=off -timeout $(TIMEOUT) $(TESTFLAGS) ./...; \
	done; \
	report

# With -mod=mod above, nested modules follow the main module's versions even before this has run.
tidy:
	@$(ALL); for m in . $(NESTED); do all in $$m $(GO) mod tidy; done; report

# The client beside the other clients of Go, all against one server: PEERFLAGS='-g 64 --document='.
peers: bench-peers
	bin/cachegopher-bench-peers clients --rounds 9 --servers redis-server,cachegopher --document docs/performance.md $(PEERFLAGS)

# Without poll_opt: that poller stores pointers in epoll events, and checkptr rejects their alignment. The race detector
# does not see the store's memory, which comes from mmap, so its tests run again with a guard page on each side. UNRACED are
# packages in which nothing is concurrent but what the tests of other packages run too, and whose tests take long.
UNRACED := internal/release|internal/scale|deploy|bench/command|bench/compare|bench/page|bench/policies|bench/trace
race:
	@$(ALL); \
	all $(GO) test -race -vet=off -p $(TESTJOBS) -timeout $(TIMEOUT) $(RACEFLAGS) $$($(GO) list ./... | grep -vE '/($(UNRACED))$$'); \
	all $(GO) test -tags lruguard -vet=off -timeout $(TIMEOUT) -run "Guards|Poison|Model|Flat|Concurrent" $(RACEFLAGS) ./lru/...; \
	report

policies: bench-peers
	$(if $(TRACES),bin/cachegopher-bench-peers policies --document docs/notes/eviction.md $(TRACES))
	CACHEGOPHER_LONG_TRACES=1 $(GO) test -count=1 -v -timeout 1h ./bench/policies

# The seed is printed; CACHEGOPHER_SEED repeats a run.
lru-long:
	CACHEGOPHER_OPERATIONS=$(OPERATIONS) $(GO) test -count=1 -v -timeout 2h -run '^TestModelLong$$' ./lru
	CACHEGOPHER_FLAT_OPERATIONS=1000000000 $(GO) test -count=1 -v -timeout 2h -run '^TestFlatModel$$' ./lru
	$(GO) test -count=1 -v -timeout 2h -run '^TestModel$$' ./lru -rapid.checks=20000

.PHONY: torture-memory
torture-memory:
	CACHEGOPHER_KILLS=$(KILLS) CACHEGOPHER_CORRUPTIONS=$(KILLS) $(GO) test -count=1 -v -timeout 2h -run '^(TestKilled|TestAttachCorrupt)$$' ./lru

# Every fuzz target, FUZZJOBS at a time, one core each. Minimizing is kept short, since it would take most of the time.
# A target that fails shows its whole output. Go's fuzzer may report its own deadline as a failure when the time ends
# in the middle of an input; an input that really fails is written to testdata, and the output says so.
fuzz:
	@grep -rHoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed -E 's|^\./(.*)/[^/]*:func (.*)$$|\1 \2|' | sort \
	| xargs -P $(FUZZJOBS) -L 1 bash -c 'out=$$(cd "$$0" && $(GO) test -tags "$(TAGS)" -vet=off -run "^$$" -fuzz "^$$1$$" \
		-fuzztime $(FUZZTIME) -fuzzminimizetime 50x -parallel 1 2>&1) \
		&& echo "fuzz $$0 $$1: $$(grep -oE "(execs|baseline).*" <<<"$$out" | tail -1)" \
		|| { grep -qx " *context deadline exceeded" <<<"$$out" && ! grep -q "Failing input" <<<"$$out" \
			&& echo "fuzz $$0 $$1: $$(grep -oE "execs.*" <<<"$$out" | tail -1), to its deadline"; } \
		|| { printf "fuzz %s %s FAILED\n%s\n" "$$0" "$$1" "$$out"; exit 1; }'

.PHONY: sim replica-faults bench-replication
sim:
	$(GO) test ./replica/sim -run Seeds -seeds 10000 -timeout 60m -v

# With symbols, so that the profile can tell event loops from senders.
bench-replication: LDFLAGS := $(filter-out -s -w,$(LDFLAGS))
bench-replication: build
	bin/cachegopher-bench replication --document docs/performance.md $(REPLFLAGS)
	$(GO) test -tags '$(TAGS)' -run '^$$' -bench LoopWrites -benchtime 100x ./bench/replication

# etcd for one machine, for tests and trials; in production run etcd's own packages.
.PHONY: failover moves moves-quick etcd
etcd:
	cd deploy/etcd && CGO_ENABLED=0 $(GO) build -mod=mod -trimpath -ldflags '-s -w' -o ../../bin/cachegopher-etcd .

.PHONY: run-cluster
run-cluster: build etcd
	exec deploy/cluster/run

failover: build etcd
	bin/cachegopher-bench failover --commit $(COMMIT) --document docs/reliability.md $(FAILOVERFLAGS)

moves: bench-peers etcd
	bin/cachegopher-bench-peers moves --commit $(COMMIT) --document docs/reliability.md $(MOVESFLAGS)

moves-quick: bench-peers etcd
	bin/cachegopher-bench-peers moves --keys 30000 --rate 1000 --calm 2s --kills 5 --kill-keys 10000 --kill-rate 500 $(MOVESFLAGS)

replica-faults:
	$(GO) test -tags '$(TAGS)' ./cmd/cachegopher -run GroupFaults -faults 200 -timeout 60m -v

.PHONY: realclients
realclients: KEYS ?= 100000
realclients:
	cd server/realclients && $(GO) test -mod=mod -count=1 -v -timeout 30m -run '^(TestClusterGrows|TestRedisBenchmarkMoves)$$' . -keys $(KEYS)

.PHONY: torture-views
READS = 1000000000
torture-views:
	VIEW_READS=$(READS) $(GO) test -tags '$(TAGS)' -count 1 -timeout 12h -v -run TestTwoProcesses ./lru/view

KEPTKILLS ?= 1000
.PHONY: torture-kept
torture-kept:
	CACHEGOPHER_KILLS=$(KEPTKILLS) $(GO) test -tags '$(TAGS)' -count=1 -timeout 2h -v -run TestKeptKilled ./cmd/cachegopher

.PHONY: torture torture-quick torture-brief
torture:
	$(GO) -C bench/torture run -mod=mod . -commit $(COMMIT) -document ../../docs/reliability.md $(TORTUREFLAGS)

torture-quick:
	$(GO) -C bench/torture run -mod=mod . -commit $(COMMIT) -quick $(TORTUREFLAGS)

torture-brief:
	$(GO) -C bench/torture run -mod=mod . -brief $(TORTUREFLAGS)

bench:
	$(GO) test -tags '$(TAGS)' -run '^$$' -bench '$(BENCH)' $(BENCHFLAGS) ./...

# Needs redis-server in PATH and two idle cores.
bench-cpu: build
	bin/cachegopher-bench cpu --json docs/performance.json --document docs/performance.md $(CPUFLAGS)

# Peers that are not there are skipped.
.PHONY: bench-peers-cpu
REDIS     ?= redis-server
VALKEY    ?= valkey-server
MEMCACHED ?= memcached
POGOCACHE ?= pogocache
bench-peers-cpu: build
	bin/cachegopher-bench cpu --peers --rounds 5 --span 500ms --json docs/performance.json --document docs/performance.md \
		--servers redis=$(REDIS),valkey=$(VALKEY),memcached=$(MEMCACHED),pogocache=$(POGOCACHE),cachegopher $(CPUFLAGS)

.PHONY: bench-eviction
bench-eviction: build
	bin/cachegopher-bench cpu --eviction --rounds 7 --span 300ms --json docs/performance.json --document docs/performance.md $(CPUFLAGS)

.PHONY: bench-tls
bench-tls: build
	bin/cachegopher-bench cpu --tls --rounds 5 --span 500ms --json docs/performance.json --document docs/performance.md $(CPUFLAGS)

bench-peers: build
	cd bench/peers && CGO_ENABLED=0 $(GO) build -mod=mod -trimpath -ldflags '$(LDFLAGS)' -o ../../bin/cachegopher-bench-peers .

bench-suite: bench-peers
	bin/cachegopher-bench-peers suite --json bin/suite.json --html bin/suite.html $(if $(QUICK),--quick,--docs docs/performance.md) $(SUITEFLAGS)

.PHONY: bench-trust
bench-trust: build
	bin/cachegopher-bench trust $(TRUSTFLAGS)

bench-check: build
	bin/cachegopher-bench check --baseline bench/baseline.json

lint:
	@$(ALL); \
	formatted() { local files; files=$$(gofmt -l .); [ -z "$$files" ] || { echo "not formatted by gofmt: $$files"; false; }; }; \
	all formatted; \
	all $(GO) vet -tags '$(TAGS)' ./...; \
	all env GOOS=darwin CGO_ENABLED=0 $(GO) vet ./...; \
	all $(GO) tool -modfile=tools/go.mod staticcheck -tags '$(TAGS)' ./...; \
	report

# govulncheck exits with 3 when the code reaches a vulnerability, and with 1 for other errors, among them a database
# that cannot be reached, which says nothing about the code.
.PHONY: vuln
vuln:
	@status=0; out=$$($(GO) tool -modfile=tools/go.mod govulncheck -tags '$(TAGS)' ./... 2>&1) || status=$$?; \
	if [ $$status = 1 ] && grep -q 'vuln\.go\.dev' <<<"$$out"; then \
		echo "SKIPPED: the database of vulnerabilities cannot be read: $$(tail -1 <<<"$$out")"; \
	else \
		echo "$$out"; exit $$status; \
	fi

ci:
	@$(ALL); for target in lint test race fuzz; do all $(MAKE) $$target; done; report

help:
	@sed -n 's/^# make/make/p' Makefile

PACKAGE_VERSION ?= $(shell deploy/packages/version '$(VERSION)' '$(COMMIT)' '$(COMMIT_TIME)')
COMMIT_TIME ?= $(shell TZ=UTC git log -1 --date=format-local:%Y%m%d%H%M%S --format=%cd 2>/dev/null || echo 19700101000000)
SOURCE_DATE ?= $(shell git log -1 --format=%cI 2>/dev/null || echo 1970-01-01T00:00:00Z)
SOURCE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
NFPM = $(GO) tool -modfile=tools/go.mod nfpm

# Manual pages of every program, and of the CLI's own commands.
MANDIR ?= bin/man
man: build
	SOURCE_DATE_EPOCH=$(SOURCE_EPOCH) $(GO) run ./cli/manual $(MANDIR) bin/cachegopher bin/cachegopher-*
.PHONY: man

# What the packages install besides units: programs, completions, manual pages, and the example config as it suits the units.
dist/root: build
	rm -rf $@ && mkdir -p $@/usr/bin $@/usr/share/man/man1 $@/usr/share/bash-completion/completions $@/usr/share/zsh/vendor-completions $@/usr/share/fish/vendor_completions.d
	cp bin/cachegopher bin/cachegopher-cli bin/cachegopher-bench $@/usr/bin/
	mkdir -p $@/etc/cachegopher
	sed '/"common": {/a\    "keep_memory": "systemd",' deploy/cacheGopherConfig.json >$@/etc/cachegopher/cacheGopherConfig.json
	for p in cachegopher cachegopher-cli cachegopher-bench; do \
		bin/$$p completion bash >$@/usr/share/bash-completion/completions/$$p; \
		bin/$$p completion zsh >$@/usr/share/zsh/vendor-completions/_$$p; \
		bin/$$p completion fish >$@/usr/share/fish/vendor_completions.d/$$p.fish; \
	done
	$(MAKE) man MANDIR=$@/usr/share/man/man1
	gzip -n9 $@/usr/share/man/man1/*
.PHONY: dist/root

packages: dist/root
	for kind in deb rpm; do \
		ARCH=$(shell $(GO) env GOARCH) PACKAGE_VERSION=$(PACKAGE_VERSION) SOURCE_DATE_EPOCH=$(SOURCE_EPOCH) \
		$(NFPM) package --config deploy/packages/nfpm.yaml --packager $$kind --target dist/; \
	done

test-packages: dist/root
	mkdir -p dist/test
	for version in 0.0.1 0.0.2; do \
		ARCH=$(shell $(GO) env GOARCH) PACKAGE_VERSION=$$version SOURCE_DATE_EPOCH=$(SOURCE_EPOCH) \
		$(NFPM) package --config deploy/packages/nfpm.yaml --packager deb --target dist/test/; \
	done
	PACKAGES=$(CURDIR)/dist/test $(GO) test -count=1 -v -run Package ./deploy

# Reproducible: the same commit gives the same bytes, whatever the path, time and machine.
release:
	rm -rf dist/release && mkdir -p dist/release
	for target in $(RELEASES); do \
		folder=cachegopher-$(PACKAGE_VERSION)-$${target/\//-}; \
		CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) build -tags '$(TAGS)' -trimpath -buildvcs=false \
			-ldflags '$(LDFLAGS) -buildid=' -o dist/release/$$folder/ ./cmd/...; \
		cp LICENSE README.md deploy/cacheGopherConfig.json dist/release/$$folder/; \
		tar -C dist/release --sort=name --mtime='$(SOURCE_DATE)' --owner=0 --group=0 --numeric-owner -cf - $$folder | gzip -n9 >dist/release/$$folder.tar.gz; \
		rm -r dist/release/$$folder; \
	done
	$(GO) tool -modfile=tools/go.mod cyclonedx-gomod mod -licenses=false -json -noserial -output dist/release/cachegopher-$(PACKAGE_VERSION).cdx.json
	cd dist/release && sha256sum * >SHA256SUMS

.PHONY: release-modules
release-modules:
	@test '$(origin VERSION)' = 'command line' || { echo 'give the version, as in make release-modules VERSION=v0.3.0'; exit 2; }
	$(GO) run ./internal/release $(if $(DRY),-dry-run) '$(VERSION)'

RELEASES ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64

clean:
	rm -rf bin dist
