package curve

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/bench/result"
)

var colours = []string{"#2f6fde", "#e07b00", "#2a9d5c", "#b5379b", "#8a6d3b", "#5a6472", "#c0392b", "#14a3b8", "#7d5fff", "#a3b018"}

// Dimensions of the picture.
const (
	left, right, top, bottom = 64, 730, 40, 400
	width, height            = 900, 450 // or wider, for the legend
	letter                   = 7.5      // most of the letters are narrower
)

// SVG draws the curves over a logarithmic axis of memory, for light and dark documents; "" if there is no point.
func SVG(rep *result.Report, title string) string {
	lines := Lines(rep)
	var sizes []float64
	highest := 0.0
	for _, l := range lines {
		for _, p := range l.Points {
			sizes, highest = append(sizes, p.Memory), max(highest, p.Hits)
		}
	}
	if len(sizes) == 0 {
		return ""
	}
	slices.Sort(sizes)
	sizes = slices.Compact(sizes)
	most := math.Ceil(max(highest, 1)/10) * 10
	first, last := math.Log(sizes[0]), math.Log(sizes[len(sizes)-1])
	x := func(size float64) float64 {
		if first == last {
			return (left + right) / 2
		}
		return left + (right-left)*(math.Log(size)-first)/(last-first)
	}
	y := func(hits float64) float64 { return bottom - (bottom-top)*hits/most }
	wide := width
	for _, l := range lines {
		wide = max(wide, right+40+int(letter*float64(len(shortName(l.Target)))))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="12">
<style>text{fill:#1d2330}.g{stroke:#8884}@media (prefers-color-scheme: dark){text{fill:#e4e8ef}}</style>
<text x="10" y="16" font-weight="600">%s</text><text x="10" y="32">hit ratio, more is better</text>
`, wide, height, wide, height, html.EscapeString(title))
	for i := range 6 {
		v := most * float64(i) / 5
		fmt.Fprintf(&b, `<path class="g" d="M%d %.1fH%d"/><text x="%d" y="%.1f" text-anchor="end">%g%%</text>`+"\n", left, y(v), right, left-8, y(v)+4, v)
	}
	shown := math.Inf(-1)
	for _, s := range sizes {
		fmt.Fprintf(&b, `<path class="g" d="M%.1f %dV%d"/>`, x(s), top, bottom)
		if x(s)-shown >= 56 { // labels must not overlap
			fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`, x(s), bottom+18, result.FormatBytes(s))
			shown = x(s)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">memory</text>`+"\n", (left+right)/2, bottom+40)
	for i, l := range lines {
		colour := colours[i%len(colours)]
		var points []string
		for _, p := range l.Points {
			points = append(points, fmt.Sprintf("%.1f,%.1f", x(p.Memory), y(p.Hits)))
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`, x(p.Memory), y(p.Hits), colour)
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`, strings.Join(points, " "), colour)
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="10" height="10" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n", right+16, top+20*i, colour, right+32, top+20*i+9, html.EscapeString(shortName(l.Target)))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// shortName is a target's name without what a legend need not say, as in "cachegopher LFU".
func shortName(target string) string {
	for _, scheme := range []string{"spawn:", "inproc:"} {
		target = strings.TrimPrefix(target, scheme)
	}
	return strings.Replace(target, "?policy=", " ", 1)
}
