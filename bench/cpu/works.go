package cpu

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// work is the load of one row of a table.
type work struct {
	id     string
	name   string
	keys   uint64
	value  int // bytes
	conns  int
	depth  int // requests in flight on a connection
	mix    mix
	atMost float64 // the wanted ratio to Redis, or to the best of several peers; 0: none
	reader load.Reader
	loop   loop
}

// A loop is how requests are made: one of the constants, or requests a second of an open loop.
type loop float64

const (
	batches loop = 0  // load.Plan.Batch
	checked loop = -1 // a closed loop that sends a request for each reply and compares every value, as clients do
)

// spec returns the workload of a row.
func (w *work) spec() workload.Spec {
	return workload.Spec{Keys: w.keys, Value: fmt.Sprint(w.value), Mix: w.mix.ops, Dist: w.mix.dist, ReadThrough: w.mix.through}
}

// plan returns the load of a row, measured for span.
func (w *work) plan(span time.Duration) load.Plan {
	p := load.Plan{Conns: w.conns, Depth: w.depth, Threads: 1, Warmup: warmUp, Duration: span, Reader: w.reader, Batch: w.loop == batches, Verify: load.VerifyValues}
	if w.loop > 0 {
		p.Rate, p.Duration = float64(w.loop), latencySpans*span
	}
	return p
}

// latencySpans is how many spans a row with a rate takes: the rarest thousandth needs that many requests.
const latencySpans = 4

// mix is which requests are made, of which keys.
type mix struct {
	ops     string // as in workload.Spec
	dist    string // likewise; "": uniform
	through bool   // what was missed is set
}

// The mixes of works.
var (
	gets    = mix{ops: "get=1"}
	mixed   = mix{ops: "get=90,set=10"}
	sets    = mix{ops: "set=1"}
	through = mix{"get=1", "zipf:0.99", true}
)

// works are the rows of the table.
var works = slices.Concat(quickReaders, slowReaders)

// quickReaders take what has arrived at once.
var quickReaders = []work{
	{"64deep-2M", "GET, 64 deep, 32 connections, 2M keys", 2_000_000, 32, 32, 64, gets, 0.40, load.Reader{}, batches},
	{"64deep-2M-mixed", "90% GET, 10% SET, 64 deep, 32 connections, 2M keys", 2_000_000, 32, 32, 64, mixed, 0.40, load.Reader{}, batches},
	{"64deep-10M", "GET, 64 deep, 32 connections, 10M keys", 10_000_000, 32, 32, 64, gets, 0.32, load.Reader{}, batches},
	{"16deep-1M", "GET, 16 deep, 32 connections, 1M keys", 1_000_000, 32, 32, 16, gets, 0.70, load.Reader{}, batches},
	{"1deep-32", "GET, 1 deep, 32 connections, 1M keys", 1_000_000, 32, 32, 1, gets, 0.95, load.Reader{}, batches},
	{"1deep-01", "GET, 1 deep, 1 connection, 1M keys", 1_000_000, 32, 1, 1, gets, 1.10, load.Reader{}, batches},
	{"set-64deep-1M", "SET, 64 deep, 32 connections, 1M keys", 1_000_000, 32, 32, 64, sets, 0.45, load.Reader{}, batches},
	{"1000-conns", "GET, 16 deep, 1,000 connections, 10M keys", 10_000_000, 32, 1000, 16, gets, 0, load.Reader{}, batches},
	{"60KB-get-01", "GET 60 KB, 1 deep, 32 connections", 1_000, 60_000, 32, 1, gets, 0.75, load.Reader{}, batches},
	{"60KB-get-16", "GET 60 KB, 16 deep, 32 connections", 1_000, 60_000, 32, 16, gets, 0.75, load.Reader{}, batches},
	{"60KB-set-01", "SET 60 KB, 1 deep, 32 connections", 1_000, 60_000, 32, 1, sets, 0.75, load.Reader{}, batches},
	{"60KB-set-16", "SET 60 KB, 16 deep, 32 connections", 1_000, 60_000, 32, 16, sets, 0.75, load.Reader{}, batches},
}

// slowReaders have clients that are slower than the server, and for comparison one with clients that are not.
var slowReaders = []work{
	{"60KB-get-16-04", "GET 60 KB, 16 deep, 4 connections", 1_000, 60_000, 4, 16, gets, 0, load.Reader{}, batches},
	{"60KB-slow-size", "GET 60 KB, 16 deep, 4 connections, reads of 4 KB", 1_000, 60_000, 4, 16, gets, 0, load.Reader{Size: 4 << 10}, batches},
	{"60KB-slow-pause", "GET 60 KB, 16 deep, 4 connections, a pause of 1 ms after each 64 KB", 1_000, 60_000, 4, 16, gets, 0, load.Reader{Size: 64 << 10, Pause: load.Pause{Reads: 1, For: time.Millisecond}}, batches},
	{"60KB-slow-buffer", "GET 60 KB, 16 deep, 4 connections, receive buffers of 8 KB", 1_000, 60_000, 4, 16, gets, 0, load.Reader{Buffer: 8 << 10}, batches},
}

// secureWorks are the rows of the table of what TLS costs.
var secureWorks = []work{
	{"tls-64deep", "GET, 64 deep, 32 connections", 100_000, 32, 32, 64, gets, 0, load.Reader{}, batches},
	{"tls-16deep", "GET, 16 deep, 32 connections", 100_000, 32, 32, 16, gets, 0, load.Reader{}, batches},
	{"tls-1deep", "GET, 1 deep, 32 connections", 100_000, 32, 32, 1, gets, 0, load.Reader{}, batches},
	{"tls-60KB-get", "GET 60 KB, 1 deep, 32 connections", 1_000, 60_000, 32, 1, gets, 0, load.Reader{}, batches},
	{"tls-60KB-set", "SET 60 KB, 1 deep, 32 connections", 1_000, 60_000, 32, 1, sets, 0, load.Reader{}, batches},
}

// secureServers are the servers of that table.
var secureServers = []string{"redis", "cachegopher", "redis-tls", "cachegopher-tls"}

// overTLS reports whether a server is loaded over TLS.
func overTLS(name string) bool {
	kind, _, _ := strings.Cut(name, "=")
	return strings.HasSuffix(kind, "-tls")
}

// programs are the programs of servers, by the servers' names.
var programs = map[string]string{"redis": "redis-server", "valkey": "valkey-server", "memcached": "memcached", "pogocache": "pogocache", "cachegopher": "cachegopher"}

// target returns the URL of a server named as in programs, with -POLICY for an eviction policy of our node, -tls for a load over
// TLS and =PATH for another build.
func target(name string) (string, error) {
	kind, binary, _ := strings.Cut(name, "=")
	kind, secure := strings.CutSuffix(kind, "-tls")
	kind, policy, _ := strings.Cut(kind, "-")
	program, ok := programs[kind]
	if !ok {
		return "", fmt.Errorf("no such server: %s", name)
	}
	q := url.Values{}
	if binary != "" {
		q.Set("binary", binary)
	}
	if policy != "" {
		q.Set("policy", policy)
	}
	if secure {
		q.Set("tls", "1")
	}
	if len(q) == 0 {
		return "spawn:" + program, nil
	}
	return "spawn:" + program + "?" + q.Encode(), nil
}

// server returns the name of a target; it is the inverse of target.
func server(u string) string {
	name, query, _ := strings.Cut(strings.TrimPrefix(u, "spawn:"), "?")
	name = strings.TrimSuffix(name, "-server")
	q, _ := url.ParseQuery(query)
	if p := q.Get("policy"); p != "" {
		name += "-" + p
	}
	if q.Get("tls") == "1" {
		name += "-tls"
	}
	if b := q.Get("binary"); b != "" {
		name += "=" + b
	}
	return name
}

// folders are those of programs in a list of servers.
var folders = regexp.MustCompile(`=[^,]*/`)

// withoutPaths is a command line whose servers' programs have no folders, which differ between machines.
func withoutPaths(command []string) []string {
	all := slices.Clone(command)
	for i, arg := range all {
		all[i] = folders.ReplaceAllString(arg, "=")
	}
	return all
}

// anonymous is a target without the path of its program, which differs between machines.
func anonymous(u string) string {
	name, query, _ := strings.Cut(u, "?")
	q, _ := url.ParseQuery(query)
	if q.Del("binary"); len(q) > 0 {
		name += "?" + q.Encode()
	}
	return name
}
