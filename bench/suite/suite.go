// Package suite is the standard set of runs, which backs the project's claims, each beside its peers,
// and the short set that guards against regressions.
package suite

import (
	"fmt"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// Ours is the node in all runs of servers.
const Ours = "spawn:cachegopher"

// servers are the peers of a node.
var servers = []string{Ours, "spawn:redis-server", "spawn:memcached", "spawn:valkey-server", "spawn:pogocache"}

// Server stands in a target for the address of the server that a job of clients starts.
const Server = "{server}"

// Options say how thorough a suite is.
type Options struct {
	Quick bool
	Peers bool   // this build has the peers' libraries
	Only  string // only jobs whose section/name contains it
	Seed  uint64
}

// Job is a run of the suite.
type Job struct {
	runner.Job
	Serve string // a server to start, whose address replaces Server in the targets
}

// pick chooses between the full suite and the quick one.
func pick[T any](o Options, full, quick T) T {
	if o.Quick {
		return quick
	}
	return full
}

// Jobs returns the runs of the suite, in order.
func Jobs(o Options) []*Job {
	var all []*Job
	for _, j := range [][]*Job{depths(o), keys(o), values(o), works(o), readers(o), replicated(o), clients(o), caches(o), memory(o)} {
		for _, x := range j {
			if strings.Contains(x.Section+"/"+x.Name, o.Only) {
				x.Seed = o.Seed
				all = append(all, x)
			}
		}
	}
	return all
}

func plan(o Options, conns, depth int) load.Plan {
	return load.Plan{Conns: conns, Depth: depth, Warmup: pick(o, 300*time.Millisecond, 100*time.Millisecond), Duration: pick(o, 1300*time.Millisecond, 300*time.Millisecond)}
}

func job(o Options, section, name string, x float64, spec workload.Spec, p load.Plan, targets []string) *Job {
	spec.Name = name
	return &Job{Job: runner.Job{Section: section, Name: name, X: x, Spec: spec, Plan: p, Targets: targets, Rounds: pick(o, 5, 3)}}
}

// along names the quantity that a section's jobs sweep.
func along(name, unit string, jobs []*Job) []*Job {
	for _, j := range jobs {
		j.XName, j.XUnit = name, unit
	}
	return jobs
}

func depths(o Options) (jobs []*Job) {
	for _, d := range []int{1, 16, 64} {
		jobs = append(jobs, job(o, "Reads by depth", fmt.Sprintf("GET, depth %d", d), float64(d), workload.Spec{Keys: pick[uint64](o, 1_000_000, 200_000), Mix: "get=1"}, plan(o, 32, d), servers))
	}
	return along("requests under way on a connection", "", jobs)
}

func keys(o Options) (jobs []*Job) {
	for _, n := range pick(o, []uint64{1_000_000, 10_000_000}, []uint64{200_000, 1_000_000}) {
		jobs = append(jobs, job(o, "Reads by number of keys", fmt.Sprintf("GET, %s keys", result.FormatCount(float64(n))), float64(n), workload.Spec{Keys: n, Mix: "get=1"}, plan(o, 32, 32), servers[:3]))
	}
	return along("keys", "", jobs)
}

// valueSizes are the sizes of the sweep; the last is the largest allowed beside the key.
var valueSizes = []int{16, 64, 256, 1 << 10, 4 << 10, 16 << 10, 32 << 10, 60 << 10, workload.Limit - 16}

func values(o Options) (jobs []*Job) {
	for i, size := range valueSizes {
		if o.Quick && i%2 == 1 {
			continue
		}
		n := min(100_000, pick(o, 512, 64)<<20/size)
		spec := workload.Spec{Keys: uint64(n), Value: fmt.Sprint(size), Mix: "get=90,set=10"}
		jobs = append(jobs, job(o, "Value sizes", fmt.Sprintf("90%% GET, values of %s", result.FormatBytes(float64(size))), float64(size), spec, plan(o, 16, 4), servers[:3]))
	}
	along("bytes of a value", "B", jobs)
	// Other servers take more than 64 KB, so there is nothing to compare here.
	over := job(o, "Beyond the limit", "SET, a byte beyond the limit", 0, workload.Spec{Keys: 1000, Value: "over", Mix: "set=1"}, plan(o, 4, 1), servers[:1])
	return append(jobs, over)
}

func works(o Options) (jobs []*Job) {
	jobs = append(jobs, job(o, "Writes and mixes", "SET, depth 16", 0, workload.Spec{Keys: pick[uint64](o, 1_000_000, 200_000), Mix: "set=1"}, plan(o, 32, 16), servers[:3]))
	for _, name := range pick(o, []string{"read-heavy", "write-heavy", "session-store", "twitter-typical", "meta-etc"}, []string{"write-heavy", "session-store"}) {
		spec, err := workload.Preset(name)
		if err != nil {
			continue // presets have a test of their own
		}
		spec.Keys = pick(o, spec.Keys, min(spec.Keys, 100_000))
		jobs = append(jobs, job(o, "Writes and mixes", name, 0, spec, plan(o, 32, 8), servers[:3]))
	}
	spec := workload.Spec{Keys: 200_000, Mix: "get=90,set=10"}
	open := plan(o, 32, 4)
	open.Rate, open.Poisson = 20_000, true
	return append(jobs, job(o, "Latency at a given rate", "20 k/s, Poisson, open loop", 0, spec, open, servers[:3]))
}

// readers measures servers whose clients read more slowly than they answer.
func readers(o Options) (jobs []*Job) {
	spec := workload.Spec{Keys: 1000, Value: "60000", Mix: "get=1"}
	for _, r := range []struct {
		name string
		load.Reader
	}{
		{"fast readers", load.Reader{}},
		{"reads of 4 KB", load.Reader{Size: 4 << 10}},
		{"a pause of 1 ms after each 64 KB", load.Reader{Size: 64 << 10, Pause: load.Pause{Reads: 1, For: time.Millisecond}}},
		{"receive buffers of 8 KB", load.Reader{Buffer: 8 << 10}},
	} {
		p := plan(o, 4, 16)
		p.Reader = r.Reader
		jobs = append(jobs, job(o, "Slow readers", "GET 60 KB, depth 16, "+r.name, 0, spec, p, []string{Ours, "spawn:redis-server", "spawn:pogocache"}))
	}
	return jobs
}

// replicated measures the cost of replicating a primary's writes.
func replicated(o Options) (jobs []*Job) {
	for _, n := range pick(o, []int{0, 1, 2}, []int{0, 1}) {
		var targets []string
		for _, s := range servers[:2] {
			targets = append(targets, fmt.Sprintf("%s?secondaries=%d", s, n))
		}
		spec := workload.Spec{Keys: pick[uint64](o, 500_000, 100_000), Value: "100", Mix: "set=1"}
		jobs = append(jobs, job(o, "Replication on", fmt.Sprintf("SET, secondaries: %d", n), 0, spec, plan(o, 32, 16), targets))
	}
	return jobs
}

// clients compares Go clients on the same server.
func clients(o Options) (jobs []*Job) {
	targets := []string{"client://" + Server}
	if o.Peers {
		targets = append(targets, "rueidis://"+Server, "go-redis://"+Server)
	}
	for _, n := range []int{1, 64} {
		j := job(o, "Go clients", fmt.Sprintf("90%% GET, %d goroutines", n), float64(n), workload.Spec{Keys: 10_000, Value: "64", Mix: "get=90,set=10"}, plan(o, n, 1), targets)
		j.Serve = Ours
		j.Plan.Threads = 1
		j.Plan.Verify = load.VerifyValues // they write the same keys in turn
		jobs = append(jobs, j)
	}
	return along("goroutines", "", jobs)
}

// inProcess returns the caches for Go; entries is how many values of 64 bytes they may hold.
func inProcess(o Options, entries int, bounded bool) []string {
	if !bounded {
		t := []string{"inproc:lru"}
		if o.Peers {
			t = append(t, "inproc:otter", "inproc:ristretto", "inproc:freecache", "inproc:bigcache")
		}
		return t
	}
	t := []string{fmt.Sprintf("inproc:lru?entries=%d", entries)}
	if o.Peers {
		t = append(t, fmt.Sprintf("inproc:otter?entries=%d", entries), fmt.Sprintf("inproc:ristretto?entries=%d", entries))
	}
	return t
}

func caches(o Options) (jobs []*Job) {
	n := pick[uint64](o, 1_000_000, 200_000)
	add := func(section, name string, spec workload.Spec, targets []string) {
		j := job(o, section, name, 0, spec, plan(o, 2, 1), targets)
		jobs = append(jobs, j)
	}
	add("Caches in the process: throughput", "90% Get, Zipf 0.99, all fits", workload.Spec{Keys: n, Dist: "zipf:0.99", Value: "64", Mix: "get=90,set=10"}, inProcess(o, 0, false))
	for _, dist := range []string{"zipf:0.8", "zipf:0.99", "drift:0.9", "scan:0.9"} {
		spec := workload.Spec{Keys: n, Dist: dist, Value: "64", Mix: "get=1", ReadThrough: true, NoFill: true}
		add("Caches in the process: hit ratio", dist+", a tenth fits", spec, inProcess(o, int(n/10), true))
		last := jobs[len(jobs)-1]
		last.Plan.Warmup = pick(o, 2*time.Second, 500*time.Millisecond)
		last.Rounds = pick(o, 3, 1)
	}
	return jobs
}

// memory measures the memory of entries in this process, one cache after the other.
func memory(o Options) []*Job {
	n := pick[uint64](o, 2_000_000, 300_000)
	j := job(o, "Caches in the process: memory", fmt.Sprintf("%s entries of 16 + 32 bytes", result.FormatCount(float64(n))), 0, workload.Spec{Keys: n, Mix: "get=1"}, plan(o, 1, 1), inProcess(o, 0, false))
	j.Alone, j.Rounds = true, 1
	return []*Job{j}
}
