package clients

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/bench/result"
)

// The ratios in the table are ours to each peer's, and the fastest peer has the goal.
func TestTable(t *testing.T) {
	target := func(u string, requests ...int64) *result.Target {
		t := &result.Target{URL: u}
		for _, n := range requests {
			t.Rounds = append(t.Rounds, &result.Round{Seconds: 1, Requests: n, Generator: result.Self{CPU: 0.5, Calls: n}, Latency: result.Summary{P50: 1000, P99: 3000}})
		}
		return t
	}
	run := &result.Run{Section: "redis-server", Load: result.Load{Conns: 64, Duration: 0.3},
		Targets: []*result.Target{target("client://", 200_000, 100_000), target("rueidis://", 50_000, 50_000), target("go-redis-pipeline://", 100_000, 100_000)}}
	got := table(&result.Report{Runs: []*result.Run{run}})
	for _, want := range []string{
		"| redis-server | 64 | cachegopher | 150k | 3.75 | 1.00 | 1 | 3 |  |  |\n",
		"| redis-server | 64 | rueidis | 50k | 10.00 | 1.00 | 1 | 3 | 3.00 (too few rounds) |  |\n",
		"| redis-server | 64 | go-redis AutoPipeline | 100k | 5.00 | 1.00 | 1 | 3 | **1.50 (too few rounds)** | 2 |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the table lacks %q:\n%s", want, got)
		}
	}
}
