//go:build linux

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCountsOf(t *testing.T) {
	for text, want := range map[string]counts{
		"# Stats\r\ntotal_commands_processed:12\r\nkeyspace_misses:3\r\ntotal_reads_processed:4\r\n": {12, 3, 4},
		"# Stats\r\ntotal_commands_processed:12\r\nkeyspace_misses:3\r\n":                            {12, 3, -1},
		"STAT cmd_get 5\r\nSTAT cmd_set 6\r\nSTAT get_misses 1\r\n":                                  {11, 1, -1},
	} {
		if got, err := countsOf([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	if _, err := countsOf([]byte("ERROR\r\n")); err == nil {
		t.Error("a text without counters passed")
	}
}

func TestRatioIsTheMedianOfRounds(t *testing.T) {
	r := row{Servers: []measured{
		{Rounds: []sample{{Micros: 1}, {Micros: 2}, {Micros: 10}}},
		{Rounds: []sample{{Micros: 2}, {Micros: 1}, {Micros: 4}}},
	}}
	if got := r.ratio(1); got != 0.5 {
		t.Errorf("the median of 2, 0.5 and 0.4 is %v", got)
	}
}

// The document shows what the JSON file holds, and nobody has typed a figure into it.
func TestDocumentShowsTheFigures(t *testing.T) {
	want, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "performance.md")
	if err := os.WriteFile(path, want, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := renderInto(path, "../../docs/performance.json"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("docs/performance.md and docs/performance.json differ; go run ./bench/cpuratio --render --json docs/performance.json --document docs/performance.md")
	}
	for _, w := range slices.Concat(works, secureWorks) {
		if !strings.Contains(string(got), "| "+w.name+" |") {
			t.Errorf("the document lacks the row %q", w.name)
		}
	}
}
