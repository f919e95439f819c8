package policies

import (
	"strings"
	"testing"
)

// TestSummarize checks the figures of a table: a way of no use, one that goes half of the way, and one that has few rows.
func TestSummarize(t *testing.T) {
	ways := []Way{{Name: "half"}, {Name: "LRU"}, {Name: "few"}}
	rows := []Result{
		{"a", 10, []float64{40, 60, -1}, 20},
		{"b", 10, []float64{30, 50, 10}, 10},
		{"no way", 10, []float64{50, 50, 50}, 50},
	}
	want := []Summary{{"half", .5, 3, 1, 20}, {"LRU", 0, 3, 2, 40}, {"few", 1, 2, 0, 0}}
	for i, got := range Summarize(rows, ways) {
		if got != want[i] {
			t.Errorf("got %+v, want %+v", got, want[i])
		}
	}
	if table := Table(rows, ways); !strings.Contains(table, "| a | 10 | **40.00** | 60.00 | - | 20.00 |\n") || !strings.Contains(table, "| half | 3 | 0.500 | 1 | 20.00 |\n") {
		t.Error(table)
	}
	if picture := SVG(Summarize(rows, ways)); strings.Count(picture, "<rect") != len(ways) || !strings.HasSuffix(picture, "</svg>\n") {
		t.Error(picture)
	}
}
