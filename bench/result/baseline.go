package result

import (
	"fmt"
	"math"
)

func worse(r Ratio, better int, allowed float64) bool {
	if better > 0 {
		return r.Value < 1/(1+allowed) && r.High < 1
	}
	return r.Value > 1+allowed && r.Low > 1
}

// FindRun returns the run called name; nil if there is none.
func (r *Report) FindRun(name string) *Run {
	for _, x := range r.Runs {
		if x.Name == name {
			return x
		}
	}
	return nil
}

func (r *Run) find(url string) *Target {
	for _, t := range r.Targets {
		if t.URL == url {
			return t
		}
	}
	return nil
}

// Find returns the target of a run; nil if there is none.
func (r *Report) Find(run, url string) *Target {
	if x := r.FindRun(run); x != nil {
		return x.find(url)
	}
	return nil
}

// Baseline is the ratio of a target's figure to a peer's in the same run. Unlike absolute figures it still holds on
// another machine or under other load.
type Baseline struct {
	Run    string  `json:"run"`
	Target string  `json:"target"`
	Peer   string  `json:"peer"`
	Metric string  `json:"metric"`
	Ratio  float64 `json:"ratio"` // of the target's figure to the peer's
}

// Over reports whether a ratio is worse than the baseline's by more than allowed, whatever the reason.
func (b Baseline) Over(ratio, allowed float64) bool {
	r := ratio / b.Ratio
	return worse(Ratio{r, math.Inf(1), math.Inf(-1)}, MetricOf(b.Metric).Better, allowed)
}

// Relate computes a baseline's ratio from a new report.
func (r *Report) Relate(b Baseline) (Ratio, error) {
	t, p := r.Find(b.Run, b.Target), r.Find(b.Run, b.Peer)
	if t == nil || p == nil || len(t.Rounds) == 0 || len(p.Rounds) == 0 {
		return Ratio{}, fmt.Errorf("%s: %s or %s was not measured", b.Run, b.Target, b.Peer)
	}
	m := MetricOf(b.Metric)
	return PairedRatio(m.Values(p.Rounds), m.Values(t.Rounds)), nil
}

// Check compares a report with a baseline and reports whether it is worse than allowed: by its ratio, and
// not by chance.
func (r *Report) Check(b Baseline, allowed float64) (now Ratio, isWorse bool, err error) {
	if now, err = r.Relate(b); err != nil {
		return now, false, err
	}
	if math.IsNaN(now.Value) {
		return now, false, fmt.Errorf("%s: %s has no %s", b.Run, b.Target, b.Metric)
	}
	rel := Ratio{now.Value / b.Ratio, now.Low / b.Ratio, now.High / b.Ratio}
	return now, worse(rel, MetricOf(b.Metric).Better, allowed), nil
}
