package policies

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// Way is a way of keeping so many objects of one size. Misses returns the misses from a request on, in percent; less than 0
// says that it cannot have so few objects.
type Way struct {
	Name   string
	Misses func(r *Requests, objects, from int) float64
}

// Ways are the policies of this project, with AUTO first.
func Ways() []Way {
	fixed := func(rule shadow.Rule) func(r *Requests, objects, from int) float64 {
		return func(r *Requests, objects, from int) float64 { return r.Fixed(rule, objects, from) }
	}
	ways := []Way{{"AUTO", func(r *Requests, objects, from int) float64 {
		misses, _ := r.Auto(objects, from)
		return misses
	}}}
	for _, rule := range []shadow.Rule{{Kind: shadow.LRU}, {Kind: shadow.SIEVE}, {Kind: shadow.S3FIFO}, shadow.First()} {
		ways = append(ways, Way{rule.Kind.String(), fixed(rule)})
	}
	return ways
}

// shares are the caches' objects as a share of the trace's keys.
var shares = []float64{.001, .01, .1, .3}

// Result is one row: what each way missed, and the optimum.
type Result struct {
	Trace   string
	Objects int
	Misses  []float64 // of each way
	Optimum float64
}

// Compare replays the traces in the files under all ways, and calls done after each row.
func Compare(files []string, ways []Way, done func(Result)) error {
	for _, file := range files {
		r, err := Load(file)
		if err != nil {
			return err
		}
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		r, from := r.Learned()
		for _, share := range shares {
			row := Result{Trace: name, Objects: r.Objects(share)}
			if row.Objects < 2 {
				continue
			}
			row.Optimum = r.Optimum(row.Objects, from)
			for _, w := range ways {
				row.Misses = append(row.Misses, w.Misses(r, row.Objects, from))
			}
			done(row)
		}
	}
	return nil
}

// Replay asks a cache for all keys, by numbers, and returns the misses from a request on, in percent. get stores what is missing.
func (r *Requests) Replay(from int, get func(key uint64) bool) float64 {
	return r.misses(from, func(k int32) bool { return get(hash(k)) })
}

// Summary is how a way does over all rows.
type Summary struct {
	Name string
	// Gone is how far it goes from LRU's misses to the optimum's, in the mean of the rows in which there is a way, and that it has.
	Gone float64
	Rows int // that it has
	// Behind is in how many of them it misses more than 0.5 points more than the best, and Worst the most points.
	Behind int
	Worst  float64
}

// Summarize compares each way with LRU, the optimum, and the best of all.
func Summarize(rows []Result, ways []Way) (all []Summary) {
	lru := 0
	for i, w := range ways {
		if w.Name == "LRU" {
			lru = i
		}
	}
	for i, w := range ways {
		s, counted := Summary{Name: w.Name}, 0
		for _, r := range rows {
			if r.Misses[i] < 0 {
				continue
			}
			s.Rows++
			behind := r.Misses[i] - r.best()
			s.Worst = max(s.Worst, behind)
			if behind > .5 {
				s.Behind++
			}
			if gap := r.Misses[lru] - r.Optimum; gap > .1 {
				s.Gone += (r.Misses[lru] - r.Misses[i]) / gap
				counted++
			}
		}
		s.Gone /= max(float64(counted), 1)
		all = append(all, s)
	}
	return all
}

// best is the fewest misses of any way.
func (r Result) best() float64 {
	best := 100.0
	for _, m := range r.Misses {
		if m >= 0 {
			best = min(best, m)
		}
	}
	return best
}

// Table writes rows and their summary as tables of a document.
func Table(rows []Result, ways []Way) string {
	var b strings.Builder
	b.WriteString("\n| trace | objects |")
	for _, w := range ways {
		fmt.Fprintf(&b, " %s |", w.Name)
	}
	b.WriteString(" optimum |\n|---|---|" + strings.Repeat("---|", len(ways)+1) + "\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %d |", r.Trace, r.Objects)
		for _, m := range r.Misses {
			switch {
			case m < 0:
				b.WriteString(" - |")
			case m == r.best():
				fmt.Fprintf(&b, " **%.2f** |", m)
			default:
				fmt.Fprintf(&b, " %.2f |", m)
			}
		}
		fmt.Fprintf(&b, " %.2f |\n", r.Optimum)
	}
	b.WriteString("\n| | rows | of the way from LRU to the optimum, mean | rows in which it is over 0.5 points behind the best | most points behind |\n|---|---|---|---|---|\n")
	for _, s := range Summarize(rows, ways) {
		fmt.Fprintf(&b, "| %s | %d | %.3f | %d | %.2f |\n", s.Name, s.Rows, s.Gone, s.Behind, s.Worst)
	}
	b.WriteString("\n")
	return b.String()
}

// SVG draws how far each way goes, as bars. It suits documents, light and dark.
func SVG(all []Summary) string {
	const name, width, row = 130, 460, 22
	zero, scale := float64(name), 1.0
	least, most := 0.0, .1
	for _, s := range all {
		least, most = min(least, s.Gone), max(most, s.Gone)
	}
	scale = (width - 60) / (most - least)
	zero -= least * scale
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", name+width, row*(len(all)+2))
	b.WriteString(`<style>text{fill:#333}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>` + "\n")
	b.WriteString(`<text x="4" y="16">How far from LRU's misses (0) to the optimum's (1), mean of the traces and sizes</text>` + "\n")
	for i, s := range all {
		y, x, colour := row*(i+2)-6, zero, "#8a8a8a"
		if s.Name == "AUTO" {
			colour = "#2f6fde"
		}
		length := s.Gone * scale
		if length < 0 {
			x, length = zero+length, -length
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", name-8, y+5, s.Name)
		fmt.Fprintf(&b, `<rect x="%.1f" y="%d" width="%.1f" height="14" fill="%s"/>`+"\n", x, y-7, max(length, 1), colour)
		fmt.Fprintf(&b, `<text x="%.1f" y="%d">%.2f</text>`+"\n", zero+max(s.Gone*scale, 0)+5, y+5, s.Gone)
	}
	b.WriteString("</svg>\n")
	return b.String()
}
