package cpu

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/bench/result"
)

func TestEvictionTable(t *testing.T) {
	run := &result.Run{Name: evictionWorks[2].name, Section: evictionSection, AtMost: 1,
		Targets: []*result.Target{measured("spawn:cachegopher?policy=LRU", 2, 4, 3), measured("spawn:cachegopher?policy=S3-FIFO", 3, 4, 6)}}
	for _, r := range run.Targets[1].Rounds {
		r.Hits, r.Misses = 9, 1
	}
	document := filepath.Join(t.TempDir(), "doc.md")
	if err := os.WriteFile(document, []byte("before\n"+evictionBegin+evictionEnd+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Render(&result.Report{Runs: []*result.Run{run}}, document); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| LRU | **1.00** | 1.00 | 3.000 |  | 50% | 0% |\n",
		"| S3-FIFO | **1.50** | 1.00 | 4.000 | 90.0% | 50% | 0% |\n",
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("the document lacks %q:\n%s", want, got)
		}
	}
}

// server gives back the names that target was given.
func TestServersAreNamed(t *testing.T) {
	for name, want := range map[string]string{
		"cachegopher":             "spawn:cachegopher",
		"redis-tls":               "spawn:redis-server?tls=1",
		"cachegopher-S3-FIFO":     "spawn:cachegopher?policy=S3-FIFO",
		"cachegopher-LFU-tls=old": "spawn:cachegopher?binary=old&policy=LFU&tls=1",
	} {
		u, err := target(name)
		if err != nil || u != want || server(u) != name {
			t.Errorf("%s: %s, %v, and back %s", name, u, err, server(u))
		}
	}
}
