package result

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
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

func change(t *testing.T, a, b *Report, metric string) Change {
	t.Helper()
	all, err := Compare(a, b, .15)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Metric == metric {
			return c
		}
	}
	t.Fatalf("no %s in %+v", metric, all)
	return Change{}
}

func TestCompare(t *testing.T) {
	steady := report("r", map[string][]*Round{"x:": rounds(1000, 1010, 990, 1005, 995)})
	for _, c := range []struct {
		name  string
		after []*Round
		worse bool
	}{
		{"the same", rounds(1001, 1009, 991, 1004, 996), false},
		{"a tenth less", rounds(900, 905, 895, 901, 899), false},
		{"a fifth less", rounds(800, 805, 795, 801, 799), true},
		{"a fifth less at the median, by chance", rounds(800, 1300, 300, 1500, 700), false},
		{"more", rounds(1500, 1505, 1495, 1501, 1499), false},
		{"one round, a fifth less: nothing can be said", rounds(800), false},
	} {
		if got := change(t, steady, report("r", map[string][]*Round{"x:": c.after}), "throughput"); got.Worse != c.worse {
			t.Errorf("%s: worse is %t, %+v", c.name, got.Worse, got)
		}
	}
	if _, err := Compare(steady, report("other", map[string][]*Round{"x:": rounds(1)}), .15); err == nil {
		t.Error("reports with nothing in common are compared")
	}
}

// A metric for which less is better gets worse when it grows.
func TestCompareKnowsWhatIsBetter(t *testing.T) {
	with := func(p99 int64) *Report {
		rs := rounds(1000, 1000, 1000)
		for i, r := range rs {
			r.Latency.P99 = p99 + int64(i)
		}
		return report("r", map[string][]*Round{"x:": rs})
	}
	if c := change(t, with(1000), with(2000), "p99"); !c.Worse || math.Abs(c.Ratio.Value-2) > .01 {
		t.Errorf("twice the latency: %+v", c)
	}
	if c := change(t, with(2000), with(1000), "p99"); c.Worse {
		t.Errorf("half the latency: %+v", c)
	}
}

// The interval contains the true ratio in about 95% of experiments.
func TestRatioOfCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	draw := func(mean float64) (v []float64) {
		for range 6 {
			v = append(v, mean*math.Exp(.1*r.NormFloat64()))
		}
		return v
	}
	held := 0
	const experiments = 4000
	for range experiments {
		if x := RatioOf(draw(10), draw(13)); x.Low <= 1.3 && 1.3 <= x.High {
			held++
		}
	}
	if share := float64(held) / experiments; share < .93 || share > .97 {
		t.Errorf("the interval held the ratio in %.3f of experiments", share)
	}
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
