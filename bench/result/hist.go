package result

import (
	"math"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Highest is the longest latency recorded; longer ones are recorded as Highest.
const Highest = int64(300e9)

// NewHistogram returns an empty histogram of times up to Highest, to three digits.
func NewHistogram() *hdr.Histogram { return hdr.New(1, Highest, 3) }

// NewPacked is NewHistogram in a compact form.
func NewPacked() *hdr.PackedHistogram { return hdr.NewPacked(1, Highest, 3) }

// Summary is a distribution of times in nanoseconds.
type Summary struct {
	Count int64   `json:"count"`
	Mean  float64 `json:"mean"`
	P50   int64   `json:"p50"`
	P90   int64   `json:"p90"`
	P99   int64   `json:"p99"`
	P999  int64   `json:"p99.9"`
	P9999 int64   `json:"p99.99"`
	Max   int64   `json:"max"`
}

// Summarize reads a histogram.
func Summarize(h *hdr.Histogram) Summary {
	if h.TotalCount() == 0 {
		return Summary{}
	}
	p := h.ValueAtPercentilesSlice([]float64{50, 90, 99, 99.9, 99.99})
	return Summary{h.TotalCount(), h.Mean(), p[0], p[1], p[2], p[3], p[4], h.Max()}
}

// heatStep is the step of Slice.Heat into which a time falls.
func heatStep(ns int64) int { return int(math.Floor(4 * math.Log2(float64(max(ns, 1))))) }

// HeatTime is the shortest time of a step of Slice.Heat, in nanoseconds.
func HeatTime(step int) float64 { return math.Exp2(float64(step) / 4) }

// Fill sets the latencies of a slice.
func (s *Slice) Fill(p *hdr.PackedHistogram) {
	if p.TotalCount() == 0 {
		return
	}
	q := p.ValueAtPercentilesSlice([]float64{50, 99})
	s.P50, s.P99, s.Max = q[0], q[1], p.Max()
	s.Base = heatStep(p.Min())
	s.Heat = make([]int, heatStep(p.Max())-s.Base+1)
	p.ForEachBucket(func(value, count int64) bool {
		s.Heat[min(max(heatStep(value)-s.Base, 0), len(s.Heat)-1)] += int(count)
		return true
	})
}
