package page

import (
	"fmt"
	"math"
	"slices"
	"strings"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/result"
)

// view is the page's data; the script uses the same names.
type view struct {
	Title    string
	Facts    []string
	Notes    []string
	Sections []*section
	Runs     []*runView // of all sections
	Targets  []string   // in the order of their colours
}

// runView is a run: a table with a target a column, and pictures.
type runView struct {
	ID          int
	Name, About string
	Heading     bool // whether to show the name: false if it is the page's title
	Source      string
	Remarks     []string
	Verdicts    []string
	Head        []string
	Rows        [][]string
	Shares      []share
	Series      []series
}

// share is a figure of all targets, side by side.
type share struct {
	Name   string
	Better int        // 1 where more is better, -1 where less is
	Values []*float64 // in % of the greatest; null for a target without one
	Texts  []string
}

// series is the data of one target's pictures.
type series struct {
	Target string // its name
	// Percentiles are pairs of a percentile and a latency in ns.
	Percentiles [][2]float64
	// Times are seconds, rates a second; rounds follow each other, each beginning at one of Breaks.
	Time   []float64
	Rate   []float64
	Breaks []int
	// Heat has triples of slice, step of time, and count.
	Heat [][3]int
}

func viewReport(r *result.Report) (*view, error) {
	v := &view{Title: r.Title, Facts: facts(r), Notes: r.Notes}
	names := r.Names()
	for _, run := range r.Runs {
		rv, err := viewRun(run, names)
		if err != nil {
			return nil, err
		}
		rv.ID, rv.Heading = len(v.Runs), len(r.Runs) > 1 || run.Name != r.Title
		v.Runs = append(v.Runs, rv)
		for _, t := range run.Targets {
			if name := names[t.URL]; !slices.Contains(v.Targets, name) {
				v.Targets = append(v.Targets, name)
			}
		}
		i := slices.IndexFunc(v.Sections, func(s *section) bool { return s.Name == run.Section })
		if i < 0 {
			i = len(v.Sections)
			v.Sections = append(v.Sections, &section{ID: i, Name: run.Section})
		}
		s := v.Sections[i]
		s.Runs, s.of = append(s.Runs, rv), append(s.of, run)
	}
	for _, s := range v.Sections {
		s.compare(names)
	}
	return v, nil
}

func facts(r *result.Report) []string {
	m := r.Machine
	f := []string{r.Started.Format("2 January 2006, 15:04 MST"), fmt.Sprintf("%d cores, %s", m.Cores, m.CPU), m.System + ", kernel " + m.Kernel}
	if m.Memory > 0 {
		f = append(f, result.FormatBytes(float64(m.Memory))+" of memory")
	}
	if m.Virtual {
		f = append(f, "a virtual machine")
	}
	if m.Governor != "" {
		f = append(f, "governor "+m.Governor)
	}
	if m.Load != "" {
		f = append(f, "load before "+m.Load)
	}
	return append(f, m.Go, "commit "+m.Commit, strings.Join(r.Command, " "))
}

func viewRun(run *result.Run, names map[string]string) (*runView, error) {
	v := &runView{Name: run.Name, About: run.Describe(), Source: run.Workload.Source, Remarks: run.Remarks(), Verdicts: run.Verdicts(), Head: []string{""}}
	measured := run.Measured()
	for _, t := range measured {
		v.Head = append(v.Head, names[t.URL])
		s, err := viewTarget(t, names[t.URL])
		if err != nil {
			return v, fmt.Errorf("%s, %s: %w", run.Name, t.URL, err)
		}
		v.Series = append(v.Series, s)
	}
	for _, m := range run.Metrics() {
		row := []string{m.Title()}
		for _, t := range measured {
			row = append(row, m.Cell(t.Rounds))
		}
		v.Rows = append(v.Rows, row)
	}
	for _, name := range []string{"throughput", "p50", "p99", "server CPU", "memory"} {
		if s, ok := shares(result.MetricOf(name), measured); ok {
			v.Shares = append(v.Shares, s)
		}
	}
	return v, nil
}

// shares compares the targets; ok is false if there is nothing to compare.
func shares(m result.Metric, targets []*result.Target) (s share, ok bool) {
	s.Name, s.Better = m.Title(), m.Better
	most, n := 0.0, 0
	for _, t := range targets {
		if x := result.Median(m.Values(t.Rounds)); x > 0 {
			most = max(most, x)
			n++
		}
	}
	for _, t := range targets {
		s.Texts = append(s.Texts, m.Cell(t.Rounds))
		x := 100 * result.Median(m.Values(t.Rounds)) / most
		if math.IsNaN(x) {
			s.Values = append(s.Values, nil)
		} else {
			s.Values = append(s.Values, &x)
		}
	}
	return s, n > 1
}

// shownPercentiles are the points of the percentile chart.
var shownPercentiles = []float64{0.1, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.995, 99.999, 99.9999}

func viewTarget(t *result.Target, name string) (series, error) {
	s := series{Target: name}
	all := result.NewHistogram()
	offset := 0.0
	for _, round := range t.Rounds {
		h, err := hdr.Decode(round.Histogram)
		if err != nil {
			return s, err
		}
		all.Merge(h)
		s.Breaks = append(s.Breaks, len(s.Time))
		for _, sl := range round.Slices {
			if sl.Seconds <= 0 {
				continue
			}
			i := len(s.Time)
			s.Time = append(s.Time, offset+sl.At)
			s.Rate = append(s.Rate, float64(sl.Requests)/sl.Seconds)
			for k, n := range sl.Heat {
				if n > 0 {
					s.Heat = append(s.Heat, [3]int{i, sl.Base + k, n})
				}
			}
		}
		offset += round.Seconds
	}
	n := float64(all.TotalCount())
	for _, p := range shownPercentiles {
		if n*(100-p)/100 >= 1 { // at least one request lies beyond it
			s.Percentiles = append(s.Percentiles, [2]float64{p, float64(all.ValueAtPercentile(p))})
		}
	}
	return s, nil
}
