package page

import (
	"math"
	"slices"

	"github.com/cachegopher/cachegopher/bench/result"
)

// section is a group of runs, with pictures that compare them.
type section struct {
	ID      int
	Name    string
	X, Unit string // the x axis and its unit; "" and Names if x is not a number
	Names   []string
	Figures []figure
	Runs    []*runView

	of []*result.Run
}

type figure struct {
	Name, Unit string
	Better     int // 1 where more is better, -1 where less is
	Lines      []line
}

// line is one target in a figure: pairs of x, or the index of a name, and y.
type line struct {
	Target string
	Points [][2]float64
}

// comparedFigures are the figures that sections draw.
var comparedFigures = []string{"throughput", "server CPU", "p50", "p99", "memory", "hit ratio"}

// compare makes the pictures of a section of several runs: curves if each run has a position on a scale, else bars.
func (s *section) compare(names map[string]string) {
	if len(s.of) < 2 || s.Name == "" {
		return
	}
	for _, run := range s.of {
		s.X, s.Unit = run.XName, run.XUnit
		s.Names = append(s.Names, run.Name)
	}
	if !slices.ContainsFunc(s.of, func(r *result.Run) bool { return r.X == 0 }) {
		s.Names = nil
	}
	for _, name := range comparedFigures {
		if f := s.figure(result.MetricOf(name), names); len(f.Lines) > 0 && !idle(f) {
			s.Figures = append(s.Figures, f)
		}
	}
}

func (s *section) figure(m result.Metric, names map[string]string) figure {
	f := figure{Name: m.Title(), Unit: m.Unit, Better: m.Better}
	for k, run := range s.of {
		for _, t := range run.Targets {
			y := result.Median(m.Values(t.Rounds))
			if math.IsNaN(y) {
				continue
			}
			x := run.X
			if s.Names != nil {
				x = float64(k)
			}
			name := names[t.URL]
			i := slices.IndexFunc(f.Lines, func(l line) bool { return l.Target == name })
			if i < 0 {
				i = len(f.Lines)
				f.Lines = append(f.Lines, line{Target: name})
			}
			f.Lines[i].Points = append(f.Lines[i].Points, [2]float64{x, y})
		}
	}
	return f
}

// idle reports whether a figure says nothing: every read was a hit.
func idle(f figure) bool {
	if f.Unit != "%" {
		return false
	}
	for _, l := range f.Lines {
		for _, p := range l.Points {
			if p[1] < 99.995 {
				return false
			}
		}
	}
	return true
}
