package cpu

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/bench/result"
)

func TestRatioIsTheMedianOfRounds(t *testing.T) {
	target := func(micros ...float64) *result.Target {
		t := &result.Target{}
		for _, m := range micros {
			t.Rounds = append(t.Rounds, &result.Round{Requests: 1, ServerCPU: m / 1e6})
		}
		return t
	}
	r := &result.Run{Targets: []*result.Target{target(1, 2, 10), target(2, 1, 4)}}
	if got := ratio(r, 1, 0); math.Abs(got-0.5) > 1e-9 {
		t.Errorf("the median of 2, 0.5 and 0.4 is %v", got)
	}
}

// The document shows exactly the figures of the JSON file; none was typed in by hand.
func TestDocumentShowsTheFigures(t *testing.T) {
	want, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "performance.md")
	if err := os.WriteFile(path, want, 0o600); err != nil {
		t.Fatal(err)
	}
	rep, err := result.Read("../../docs/performance.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := Render(rep, path); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("docs/performance.md and docs/performance.json differ; bin/cachegopher-bench cpu --render --json docs/performance.json --document docs/performance.md")
	}
	picture, err := os.ReadFile(filepath.Join(filepath.Dir(path), "performance", "peers.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if committed, err := os.ReadFile("../../docs/performance/peers.svg"); err != nil || string(committed) != string(picture) {
		t.Errorf("docs/performance/peers.svg is not what docs/performance.json gives; %v", err)
	}
	for _, w := range slices.Concat(works, secureWorks, peerWorks, evictionWorks) {
		if !strings.Contains(string(got), "| "+w.name+" |") {
			t.Errorf("the document lacks the row %q", w.name)
		}
	}
}
