//go:build linux

package failover

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
)

// Dimensions of the picture in pixels. Its three charts share the time axis.
const (
	pictureWidth, chartHeight  = 900, 120
	marginLeft, marginTop, gap = 70, 40, 34
)

// moment sums up the requests that were due within one bucket.
type moment struct {
	answered, failed int
	longest          time.Duration
}

// moments groups samples by the bucket in which they were due.
func (l *load) moments() []moment {
	var all []moment
	for _, s := range l.samples {
		i := max(0, int(s.due.Sub(l.began)/bucket))
		for len(all) <= i {
			all = append(all, moment{})
		}
		m := &all[i]
		if s.err != nil {
			m.failed++
		} else {
			m.answered++
		}
		m.longest = max(m.longest, s.took)
	}
	return all
}

// draw writes the time line as an SVG: requests answered, requests failed, and latency. It inserts name before the
// extension of file. REQUIRES stop.
func (l *load) draw(file, name string) error {
	all := l.moments()
	if len(all) == 0 {
		return nil
	}
	per := float64(time.Second / bucket)
	charts := []struct {
		title, color string
		of           func(moment) float64
	}{
		{"requests answered a second, by the time at which they were due", "#2a7de1", func(m moment) float64 { return float64(m.answered) * per }},
		{"requests failed a second", "#d33", func(m moment) float64 { return float64(m.failed) * per }},
		{"longest latency, ms", "#e08a1e", func(m moment) float64 { return float64(m.longest) / 1e6 }},
	}
	var b strings.Builder
	height := marginTop + len(charts)*(chartHeight+gap)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", pictureWidth, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#fff"/><text x="%d" y="18" font-size="14">%s</text>`+"\n", marginLeft, name)
	width := float64(pictureWidth - marginLeft - 20)
	at := marginLeft + width*float64(l.fault.Sub(l.began))/float64(time.Duration(len(all))*bucket)
	for n, chart := range charts {
		top := float64(marginTop + n*(chartHeight+gap))
		most := 1.0
		for _, m := range all {
			most = max(most, chart.of(m))
		}
		most = nice(most)
		fmt.Fprintf(&b, `<text x="%d" y="%.0f">%s</text>`+"\n", marginLeft, top+12, chart.title)
		top += 18
		bottom := top + chartHeight - 18
		fmt.Fprintf(&b, `<path d="M%d %.0f H%d" stroke="#888"/><text x="%d" y="%.0f" text-anchor="end">0</text><text x="%d" y="%.0f" text-anchor="end">%.0f</text>`+"\n",
			marginLeft, bottom, pictureWidth-20, marginLeft-6, bottom, marginLeft-6, top+10, most)
		fmt.Fprintf(&b, `<path d="M%d %.1f`, marginLeft, bottom)
		for i, m := range all {
			x := marginLeft + width*float64(i)/float64(len(all))
			fmt.Fprintf(&b, " H%.1f V%.1f", x, bottom-(bottom-top)*chart.of(m)/most)
		}
		fmt.Fprintf(&b, ` H%.1f V%.1f Z" fill="%s" fill-opacity="0.5" stroke="%s"/>`+"\n", marginLeft+width, bottom, chart.color, chart.color)
		fmt.Fprintf(&b, `<path d="M%.1f %.0f V%.0f" stroke="#000" stroke-dasharray="3 3"/>`+"\n", at, top, bottom)
	}
	fmt.Fprintf(&b, `<text x="%.0f" y="%d">the fault</text><text x="%d" y="%d" text-anchor="end">%.1f s</text></svg>`+"\n",
		at+3, height-6, pictureWidth-20, height-6, (time.Duration(len(all)) * bucket).Seconds())
	return result.WriteFile(strings.Replace(file, ".svg", "-"+strings.ReplaceAll(name, " ", "-")+".svg", 1), []byte(b.String()))
}

// nice returns the least of 1, 2, 5, 10, ... that is at least v.
func nice(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 2, 5} {
		if v <= step*unit {
			return step * unit
		}
	}
	return 10 * unit
}
