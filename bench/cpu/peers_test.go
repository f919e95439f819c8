package cpu

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// measured is a target whose requests took so many us of CPU in each round.
func measured(u string, micros ...float64) *result.Target {
	t := &result.Target{URL: u, Version: strings.TrimPrefix(u, "spawn:") + " 1"}
	for _, m := range micros {
		t.Rounds = append(t.Rounds, &result.Round{Seconds: 1, Requests: 1, ServerCPU: m / 1e6, ServerBusy: 0.5,
			Generator: result.Self{Late: &result.Summary{P99: 1000}}, Empty: 1 << 20, Resident: 1<<20 + 1000*(16+64+30), Latency: result.Summary{P50: 1000, P99: 2000, P999: 3400}})
	}
	return t
}

// peerRun is a row with all peers but Valkey, of which memcached is the best.
func peerRun(w work) *result.Run {
	r := &result.Run{Name: w.name, Section: peersSection, AtMost: w.atMost, Workload: workload.Spec{Keys: 1000, KeySize: "16", Value: "64"},
		Targets: []*result.Target{measured("spawn:redis-server", 4, 4, 40), {URL: "spawn:valkey-server", Missing: "not installed"},
			measured("spawn:memcached", 2, 4, 3), measured("spawn:pogocache", 5, 5, 5), measured("spawn:cachegopher", 1, 1, 9)}}
	if w.loop > 0 {
		r.Load.Rate = float64(w.loop)
	}
	return r
}

func TestPeerTables(t *testing.T) {
	var rows []*result.Run
	for _, w := range peerWorks {
		rows = append(rows, peerRun(w))
	}
	document := filepath.Join(t.TempDir(), "doc.md")
	if err := os.WriteFile(document, []byte("before\n"+peersBegin+peersEnd+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Render(&result.Report{Runs: rows}, document); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 1 deep, 1 connection, 1M x 64 B | **0.50** (memcached) | 0.95 | 1.00 | 4.00 | SKIPPED | 3.00 | 5.00 | 50%, 50% | 0% |\n",
		"| 1.00 k x 64 B | 34 | **30** | 30 | SKIPPED | 30 | 30 |\n",
		"| 2,000/s over 1 connection | p99 | **1.00** of Redis (too few rounds) | 2 (2 to 2) | 2 (2 to 2) | SKIPPED | 2 (2 to 2) | 2 (2 to 2) | 1 (1 to 1) |\n",
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("the document lacks %q:\n%s", want, got)
		}
	}
	picture, err := os.ReadFile(filepath.Join(filepath.Dir(document), "doc", "peers.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if bars := strings.Count(string(picture), "<rect"); bars != len(pictured)*4+4 {
		t.Errorf("%d bars and legends", bars)
	}
}

// What is kept of a row does not depend on where programs lie.
func TestAnonymous(t *testing.T) {
	for u, want := range map[string]string{
		"spawn:valkey-server?binary=%2Fopt%2Fvalkey":       "spawn:valkey-server",
		"spawn:redis-server?binary=%2Fopt%2Fredis&tls=1":   "spawn:redis-server?tls=1",
		"spawn:cachegopher?memory=1GB&binary=..%2Fx&tls=1": "spawn:cachegopher?memory=1GB&tls=1",
		"spawn:memcached": "spawn:memcached",
	} {
		if got := anonymous(u); got != want {
			t.Errorf("%s: %s, not %s", u, got, want)
		}
	}
}

// Nor does the command.
func TestWithoutPaths(t *testing.T) {
	command := []string{"cachegopher-bench", "cpu", "--servers", "redis,valkey=/opt/v/valkey-server,pogocache=../p/pogocache,cachegopher=old", "--json=docs/a.json"}
	want := []string{"cachegopher-bench", "cpu", "--servers", "redis,valkey=valkey-server,pogocache=pogocache,cachegopher=old", "--json=a.json"}
	if got := withoutPaths(command); !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}

func TestRowsAreNamedOnce(t *testing.T) {
	for _, s := range sections {
		ids, names := map[string]bool{}, map[string]bool{}
		for _, w := range s.works {
			if ids[w.id] || names[w.name] {
				t.Errorf("%s: %s, %q is there twice", s.name, w.id, w.name)
			}
			ids[w.id], names[w.name] = true, true
		}
	}
	for _, id := range slices.Concat(pictured, slices.Collect(maps.Keys(frugal))) {
		if !slices.ContainsFunc(peerWorks, func(w work) bool { return w.id == id }) {
			t.Errorf("no row is called %s", id)
		}
	}
}

// A row's id selects that row only, and anything else the rows that have it in their ids.
func TestRowsAreSelected(t *testing.T) {
	for rows, want := range map[string][]string{
		"64deep":        {"64deep"},
		"set-64":        {"set-64deep"},
		"rate-50k,slow": {"60KB-slow-size", "60KB-slow-pause", "60KB-slow-buffer", "rate-50k"},
	} {
		o := Options{Peers: true, Rows: strings.Split(rows, ",")}
		var got []string
		for _, w := range o.works() {
			got = append(got, w.id)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s selects %q, not %q", rows, got, want)
		}
	}
}

// The picture has its bars in one order, whatever order they were measured in.
func TestOursFirst(t *testing.T) {
	var got []string
	for _, m := range oursFirst(&result.Run{Targets: []*result.Target{{URL: "spawn:memcached"}, {URL: "spawn:cachegopher"}, {URL: "spawn:valkey-server"}, {URL: "spawn:redis-server"}}}).Targets {
		got = append(got, server(m.URL))
	}
	if want := []string{"cachegopher", "redis", "valkey", "memcached"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}
