package command_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// buildNode builds our node and returns its path.
func buildNode(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cachegopher")
	out, err := exec.Command("go", "build", "-tags", "poll_opt", "-o", path, "../../cmd/cachegopher").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// Every kind of target of this module, on real servers, with every kind of request, every reply checked.
func TestEveryTarget(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: raw connections need Linux")
	}
	ctx := context.Background()
	node := buildNode(t)
	opts := sut.Options{Node: node, Keys: 2000, Mean: 1000, Timeout: 20 * time.Second}
	server, err := sut.Builtin().Open(ctx, "spawn:cachegopher", opts)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close() //nolint:errcheck // a test's server
	address := server.Wire.Address
	file := filepath.Join(t.TempDir(), "topology.json")
	if err := os.WriteFile(file, []byte(`{"servers": [{"id": "n", "address": "`+address+`", "role": "primary"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, u := range []string{"spawn:cachegopher", "spawn:cachegopher?dialect=line", "spawn:cachegopher?secondaries=1", "spawn:cachegopher?client=tcp", "spawn:cachegopher?client=local", "spawn:redis-server?secondaries=1", "spawn:redis-server", "spawn:memcached", "spawn:valkey-server", "spawn:pogocache",
		"cachegopher://" + address, "redis://" + address, "line://" + address, "client:" + file, "client://" + address, "inproc:lru"} {
		t.Run(u, func(t *testing.T) {
			tg, err := sut.Builtin().Open(ctx, u, opts)
			if errors.Is(err, sut.ErrMissing) {
				t.Skip("SKIPPED: ", err)
			}
			if err != nil {
				t.Fatal(err)
			}
			defer tg.Close() //nolint:errcheck // a test's server
			spec := workload.Spec{Keys: 2000, Value: "10-2000", Mix: "get=50,set=30,delete=2,mget=10,incr=3,ttl=5"}
			r, err := load.Measure(ctx, spec, uint64(time.Now().UnixNano()), tg, load.Plan{Conns: 4, Depth: 8, Threads: 1, Count: 4000, Duration: time.Minute, Timeout: 20 * time.Second, Hits: load.HitsIfFilled})
			if err != nil {
				t.Fatal(err)
			}
			if h, err := tg.Holds(ctx); err != nil || h.Entries < 1000 || h.Evicted != 0 {
				t.Errorf("it says that it holds %+v, %v", h, err)
			}
			if r.Hits == 0 || r.Requests == 0 || tg.PID != 0 && (r.ServerCPU <= 0 || r.Resident <= 0) {
				t.Errorf("%+v", r)
			}
			t.Logf("%s: %.0f/s, p50 %s, %d errors, server %.2f us a request, %d MB", tg.Version, r.Throughput(), time.Duration(r.Latency.P50), r.ErrorCount(), r.ServerMicros(), r.Resident>>20)
		})
	}
}
