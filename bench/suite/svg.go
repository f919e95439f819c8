package suite

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/bench/result"
)

var barColours = []string{"#2f6fde", "#e07b00", "#2a9d5c", "#b5379b", "#8a6d3b"}

// drawSection draws one figure of a section's runs as bars, a group for each run. It suits documents, light
// and dark; "" if there is nothing to compare.
func drawSection(rep *result.Report, section string) string {
	var runs []*result.Run
	var targets []string
	names := rep.Names()
	for _, r := range rep.Runs {
		if r.Section != section {
			continue
		}
		runs = append(runs, r)
		for _, t := range r.Targets {
			if name := names[t.URL]; len(t.Rounds) > 0 && !slices.Contains(targets, name) {
				targets = append(targets, name)
			}
		}
	}
	if len(targets) < 2 {
		return ""
	}
	m := sectionMetric(section)
	better := "less is better"
	if m.Better > 0 {
		better = "more is better"
	}
	longest := most(m, runs...)
	return bars(runs, targets, names, m, m.Title()+", "+better, func(*result.Run) float64 { return longest })
}

// DrawRows draws a figure of runs of different sizes: the bars of each run have a scale of their own.
func DrawRows(runs []*result.Run, title string, m result.Metric) string {
	names := (&result.Report{Runs: runs}).Names()
	var targets []string
	for _, r := range runs {
		for _, t := range r.Measured() {
			if name := names[t.URL]; !slices.Contains(targets, name) {
				targets = append(targets, name)
			}
		}
	}
	return bars(runs, targets, names, m, title, func(r *result.Run) float64 { return most(m, r) })
}

// most is the greatest figure of runs.
func most(m result.Metric, runs ...*result.Run) (most float64) {
	for _, r := range runs {
		for _, t := range r.Targets {
			if v := result.Median(m.Values(t.Rounds)); v > most {
				most = v
			}
		}
	}
	return most
}

// shortName is a target's name without its scheme, for which a legend has no room.
func shortName(target string) string {
	for _, scheme := range []string{"spawn:", "inproc:"} {
		target = strings.TrimPrefix(target, scheme)
	}
	return strings.TrimSuffix(target, "://")
}

func sectionMetric(section string) result.Metric {
	switch {
	case strings.HasSuffix(section, "hit ratio"):
		return result.MetricOf("hit ratio")
	case strings.HasSuffix(section, "memory"):
		return result.MetricOf("memory")
	case strings.Contains(section, "client"), strings.Contains(section, "process"):
		return result.MetricOf("throughput")
	case strings.HasPrefix(section, "Latency"):
		return result.MetricOf("p99")
	}
	return result.MetricOf("server CPU")
}

// lines divides a name for which a line has no room into two, at a comma where there is one.
func lines(name string) []string {
	const room = 38
	if len(name) <= room {
		return []string{name}
	}
	at := strings.LastIndex(name[:room], ", ") + 1
	if at == 0 {
		at = max(strings.LastIndexByte(name[:room], ' '), 0)
	}
	return []string{name[:at], strings.TrimSpace(name[at:])}
}

func bars(runs []*result.Run, targets []string, names map[string]string, m result.Metric, title string, longest func(*result.Run) float64) string {
	const left, width, bar, gap = 250, 460, 15, 14
	var b strings.Builder
	y := 44
	for _, r := range runs {
		for i, line := range lines(r.Name) {
			fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, left-10, y+bar*(i+1), html.EscapeString(line))
		}
		for _, t := range r.Targets {
			v := m.Values(t.Rounds)
			if len(v) == 0 {
				continue
			}
			x := result.Median(v)
			i := slices.Index(targets, names[t.URL])
			w := max(1, int(x/longest(r)*width))
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/><text x="%d" y="%d">%s</text>`, left, y, w, bar-2, barColours[i%len(barColours)], left+w+6, y+bar-4, m.Format(x))
			y += bar
		}
		y += gap
		b.WriteString("\n")
	}
	var legend strings.Builder
	for i, t := range targets {
		fmt.Fprintf(&legend, `<rect x="%d" y="24" width="10" height="10" fill="%s"/><text x="%d" y="33">%s</text>`, left+i*140, barColours[i%len(barColours)], left+i*140+14, html.EscapeString(shortName(t)))
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="900" height="%d" viewBox="0 0 900 %d" font-family="system-ui, sans-serif" font-size="12">
<style>text{fill:#1d2330}@media (prefers-color-scheme: dark){text{fill:#e4e8ef}}</style>
<text x="10" y="14" font-weight="600">%s</text>%s
%s</svg>
`, y, y, html.EscapeString(title), legend.String(), b.String())
}
