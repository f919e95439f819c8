package metric

import (
	"reflect"
	"testing"
)

// TestRead checks that a reading has its metric's names and value, and that a metric without a value is left out.
func TestRead(t *testing.T) {
	type source struct {
		n    int64
		lag  float64
		sync bool
	}
	list := []Metric[source]{
		{Name: "n_total", Help: "N.", Kind: Counter, Label: "kind", Series: "a", Section: "stats", Info: "n", Stats: "n", Value: func(s *source) any { return s.n }},
		{Stats: "sync", Value: func(s *source) any {
			if !s.sync {
				return nil
			}
			return "now"
		}},
		{Name: "lag_seconds", Kind: Gauge, Info: "lag", Value: func(s *source) any { return s.lag }},
	}
	got := Read(list, &source{n: 7, lag: 2.5})
	if want := (Reading{"n_total", "N.", Counter, []Label{{"kind", "a"}}, "stats", "n", "n", int64(7)}); len(got) != 2 || !reflect.DeepEqual(got[0], want) {
		t.Fatalf("read %+v", got)
	}
	if n, lag := &got[0], &got[1]; n.Number() != 7 || n.Text() != "7" || lag.Number() != 2.5 || lag.Text() != "2" {
		t.Errorf("%v %q, %v %q", n.Number(), n.Text(), lag.Number(), lag.Text())
	}
	if got := Read(list, &source{sync: true}); len(got) != 3 || got[1].Text() != "now" {
		t.Errorf("read %+v", got)
	}
	of := Label{"of", "x"}
	got = ReadOf(of, list, &source{})
	if len(got) != 2 || !reflect.DeepEqual(got[0].Labels, []Label{of, {"kind", "a"}}) || !reflect.DeepEqual(got[1].Labels, []Label{of}) {
		t.Errorf("read %+v", got)
	}
}
