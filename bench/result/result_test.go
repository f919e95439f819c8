package result

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rounds returns rounds of 1 s with these numbers of requests, at 2 us of server CPU each.
func rounds(requests ...int64) (all []*Round) {
	for _, n := range requests {
		all = append(all, &Round{Requests: n, Seconds: 1, Hits: n})
	}
	return all
}

func report(run string, targets map[string][]*Round) *Report {
	r := &Run{Name: run}
	for url, rs := range targets {
		r.Targets = append(r.Targets, &Target{URL: url, Rounds: rs})
	}
	return &Report{Runs: []*Run{r}}
}

func TestMedianAndSpread(t *testing.T) {
	for _, c := range []struct {
		v              []float64
		median, spread float64
	}{{[]float64{3}, 3, 0}, {[]float64{9, 1, 5}, 5, .8}, {[]float64{4, 1, 3, 2}, 2.5, .6}} {
		if m, s := Median(c.v), Spread(c.v); m != c.median || math.Abs(s-c.spread) > 1e-9 {
			t.Errorf("%v: median %v, spread %v; want %v, %v", c.v, m, s, c.median, c.spread)
		}
	}
	if !math.IsNaN(Median(nil)) {
		t.Error("the median of nothing is a number")
	}
}

// Percentiles are those of the values, to the histogram's three digits.
func TestSummarize(t *testing.T) {
	h := NewHistogram()
	for v := int64(1); v <= 100_000; v++ {
		if err := h.RecordValue(v * 1000); err != nil {
			t.Fatal(err)
		}
	}
	s := Summarize(h)
	for _, c := range []struct{ got, want int64 }{{s.P50, 50_000_000}, {s.P90, 90_000_000}, {s.P99, 99_000_000}, {s.P999, 99_900_000}, {s.P9999, 99_990_000}, {s.Max, 100_000_000}} {
		if d := math.Abs(float64(c.got-c.want)) / float64(c.want); d > .001 {
			t.Errorf("got %d, want %d", c.got, c.want)
		}
	}
}

// A report is read as it was written; a failed write leaves the old file.
func TestSaveAndRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.json")
	rep := report("r", map[string][]*Round{"redis://x": rounds(5, 6)})
	rep.Schema = Schema
	if err := rep.Save(path); err != nil {
		t.Fatal(err)
	}
	back, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if x := back.Find("r", "redis://x"); x == nil || len(x.Rounds) != 2 || x.Rounds[1].Requests != 6 {
		t.Errorf("read back %+v", x)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, before[:len(before)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("half a report: %v", err)
	}
	if err := rep.Save(filepath.Join(path, "x")); !errors.Is(err, os.ErrNotExist) && err == nil {
		t.Error("a report was saved below a file")
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		got, want string
	}{
		{FormatTime(950), "950 ns"}, {FormatTime(1500), "1.50 us"}, {FormatTime(2.5e6), "2.50 ms"}, {FormatTime(1.25e9), "1.25 s"},
		{FormatBytes(512), "512 B"}, {FormatCount(1234567), "1.23 M"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestTableNamesWhatIsMissing(t *testing.T) {
	run := &Run{Name: "r", Targets: []*Target{{URL: "redis://a", Rounds: rounds(10, 12)}, {URL: "spawn:pogocache", Missing: "no such program"}, {URL: "redis://b", Failed: "it ended"}}}
	var b bytes.Buffer
	run.Table(&b)
	text := b.String() + strings.Join(run.Remarks(), "\n")
	for _, want := range []string{"redis://a", "pogocache", "no such program", "it ended"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}
