// Package page makes one self-contained HTML page of a report: tables and pictures, which open
// without a network, in dark and light, and on paper.
package page

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/result"
)

//go:embed assets/echarts.min.js
var echarts string

//go:embed assets/page.html
var pageText string

//go:embed assets/page.css
var styles string

//go:embed assets/page.js
var script string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// Save writes the page of r to path.
func Save(r *result.Report, path string) error {
	b, err := Render(r)
	if err != nil {
		return err
	}
	return result.WriteFile(path, b)
}

// view is what the page shows; its names are those of the script.
type view struct {
	Title   string
	Facts   []string
	Notes   []string
	Runs    []runView
	Sweeps  []sweepView
	Targets []string // in the order of their colours
}

type runView struct {
	Name, About string
	Source      string
	Remarks     []string
	Verdicts    []string
	Head        []string
	Rows        [][]string
	Series      []series
}

// series is what one target's pictures show.
type series struct {
	Target string
	// Percentiles are pairs of a percentile and a latency in ns.
	Percentiles [][2]float64
	// Times are seconds, rates a second; rounds follow each other.
	Time   []float64
	Rate   []float64
	P50    []int64
	P99    []int64
	Errors []int64
	// Heat has triples of slice, step of time, and count.
	Heat     [][3]int
	HeatBase int // the least step
}

// sweepView is a figure over a series of runs.
type sweepView struct {
	Name, X string
	Figures []figure
}

type figure struct {
	Name, Unit string
	Lines      []line
}

type line struct {
	Target string
	Points [][2]float64
}

// Render makes the page.
func Render(r *result.Report) ([]byte, error) {
	v := view{Title: r.Title, Facts: facts(r), Notes: r.Notes}
	for _, run := range r.Runs {
		rv, err := viewRun(run)
		if err != nil {
			return nil, err
		}
		v.Runs = append(v.Runs, rv)
		for _, t := range run.Targets {
			if !slices.Contains(v.Targets, t.URL) {
				v.Targets = append(v.Targets, t.URL)
			}
		}
	}
	v.Sweeps = sweeps(r)
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = pageTemplate.Execute(&b, map[string]any{
		"View": v, "Data": template.JS(data), "Library": template.JS(echarts), "Script": template.JS(script), "Styles": template.CSS(styles),
	})
	return b.Bytes(), err
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

func viewRun(run *result.Run) (runView, error) {
	v := runView{Name: run.Name, About: run.Describe(), Source: run.Workload.Source, Remarks: run.Remarks(), Verdicts: run.Verdicts(), Head: []string{"target"}}
	for _, m := range result.Metrics {
		v.Head = append(v.Head, m.Name)
	}
	for _, t := range run.Targets {
		if len(t.Rounds) == 0 {
			continue
		}
		row := []string{t.URL}
		for _, m := range result.Metrics {
			row = append(row, m.Cell(t.Rounds))
		}
		v.Rows = append(v.Rows, row)
		s, err := viewTarget(t)
		if err != nil {
			return v, fmt.Errorf("%s, %s: %w", run.Name, t.URL, err)
		}
		v.Series = append(v.Series, s)
	}
	return v, nil
}

// shownPercentiles are the points of the percentile picture.
var shownPercentiles = []float64{0.1, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.995, 99.999, 99.9999}

func viewTarget(t *result.Target) (series, error) {
	s := series{Target: t.URL, HeatBase: math.MaxInt}
	all := result.NewHistogram()
	offset := 0.0
	for _, round := range t.Rounds {
		h, err := hdr.Decode(round.Histogram)
		if err != nil {
			return s, err
		}
		all.Merge(h)
		for _, sl := range round.Slices {
			if sl.Seconds <= 0 {
				continue
			}
			i := len(s.Time)
			s.Time = append(s.Time, offset+sl.At)
			s.Rate = append(s.Rate, float64(sl.Requests)/sl.Seconds)
			s.P50, s.P99, s.Errors = append(s.P50, sl.P50), append(s.P99, sl.P99), append(s.Errors, sl.Errors)
			for k, n := range sl.Heat {
				if n > 0 {
					s.Heat = append(s.Heat, [3]int{i, sl.Base + k, n})
					s.HeatBase = min(s.HeatBase, sl.Base+k)
				}
			}
		}
		offset += round.Seconds
	}
	n := float64(all.TotalCount())
	for _, p := range shownPercentiles {
		if n*(100-p)/100 >= 1 { // there are requests beyond it
			s.Percentiles = append(s.Percentiles, [2]float64{p, float64(all.ValueAtPercentile(p))})
		}
	}
	return s, nil
}

// sweepFigures are what is shown over a sweep.
var sweepFigures = []string{"throughput", "server CPU", "p50", "p99", "memory", "hit ratio"}

// sweeps are the sections of which several runs have an x.
func sweeps(r *result.Report) (all []sweepView) {
	var names []string
	bySection := map[string][]*result.Run{}
	for _, run := range r.Runs {
		if run.Section == "" || run.X == 0 {
			continue
		}
		if bySection[run.Section] == nil {
			names = append(names, run.Section)
		}
		bySection[run.Section] = append(bySection[run.Section], run)
	}
	for _, name := range names {
		if runs := bySection[name]; len(runs) > 1 {
			all = append(all, viewSweep(name, runs))
		}
	}
	return all
}

func viewSweep(name string, runs []*result.Run) sweepView {
	v := sweepView{Name: name}
	for _, metric := range sweepFigures {
		m := result.MetricOf(metric)
		f := figure{Name: m.Name, Unit: m.Unit}
		for _, run := range runs {
			for _, t := range run.Targets {
				y := result.Median(m.Values(t.Rounds))
				if math.IsNaN(y) {
					continue
				}
				i := slices.IndexFunc(f.Lines, func(l line) bool { return l.Target == t.URL })
				if i < 0 {
					i = len(f.Lines)
					f.Lines = append(f.Lines, line{Target: t.URL})
				}
				f.Lines[i].Points = append(f.Lines[i].Points, [2]float64{run.X, y})
			}
		}
		if len(f.Lines) > 0 {
			v.Figures = append(v.Figures, f)
		}
	}
	return v
}
