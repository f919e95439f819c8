package load

import (
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/result"
)

// Progress is the state of a run, reported after each slice.
type Progress struct {
	Measuring bool          // false during the warm-up
	Elapsed   time.Duration // of the warm-up or of measuring
	Rate      float64       // of the slice, requests a second
	P50, P99  time.Duration
	Errors    int64 // so far
	Busy      float64
}

// collector merges the cells of all workers while they run.
type collector struct {
	full     chan *cell
	owners   map[*cell]chan *cell
	slices   []*slice
	counts   // of the measurement; errors of the warm-up too
	reads    *hdr.Histogram
	writes   *hdr.Histogram
	late     *hdr.Histogram
	width    int64
	workers  int
	progress func(Progress)
	told     int
}

// slice is the sum of all workers' cells of one slice of time.
type slice struct {
	counts
	hist  *hdr.PackedHistogram
	cells int // received
}

func newCollector(width int64, workers int, progress func(Progress)) *collector {
	return &collector{full: make(chan *cell, 4*workers), reads: result.NewHistogram(), writes: result.NewHistogram(), late: result.NewHistogram(),
		width: width, workers: workers, owners: map[*cell]chan *cell{}, progress: progress}
}

// own notes the recorder to which cells are returned.
func (c *collector) own(r *recorder) {
	c.owners[r.cell] = r.free
	for range 2 {
		x := <-r.free
		c.owners[x] = r.free
		r.free <- x
	}
}

// run collects until full is closed.
func (c *collector) run() {
	for x := range c.full {
		c.take(x)
		x.reset()
		c.owners[x] <- x
	}
}

func (c *collector) take(x *cell) {
	if x.slice < 0 {
		for i := range x.errors {
			c.errors[i] += x.errors[i]
		}
		c.tell(x, nil)
		return
	}
	for len(c.slices) <= x.slice {
		c.slices = append(c.slices, nil)
	}
	s := c.slices[x.slice]
	if s == nil {
		s = &slice{hist: result.NewPacked()}
		c.slices[x.slice] = s
	}
	s.cells++
	s.counts.add(&x.counts)
	c.counts.add(&x.counts)
	for _, h := range []struct{ from, to *hdr.Histogram }{{x.reads, c.reads}, {x.writes, c.writes}, {x.late, c.late}} {
		if h.from.TotalCount() == 0 {
			continue
		}
		if h.to.Merge(h.from); h.to != c.late {
			s.hist.MergeFrom(h.from)
		}
	}
	c.tell(x, s)
}

// tell reports progress once the last worker's cell of a slice has arrived.
func (c *collector) tell(x *cell, s *slice) {
	if c.progress == nil {
		return
	}
	if s == nil {
		c.progress(Progress{Elapsed: time.Duration(x.to), Errors: c.errorCount()})
		return
	}
	if s.cells < c.workers || x.slice < c.told {
		return
	}
	c.told = x.slice + 1
	p := Progress{Measuring: true, Elapsed: time.Duration(int64(x.slice+1) * c.width), Errors: c.errorCount(),
		Rate: float64(s.requests) / (float64(c.width) / 1e9)}
	if s.hist.TotalCount() > 0 {
		q := s.hist.ValueAtPercentilesSlice([]float64{50, 99})
		p.P50, p.P99 = time.Duration(q[0]), time.Duration(q[1])
	}
	c.progress(p)
}

// foldLast adds the last slice to the one before it when it lasted less than half as long as others: it holds what arrived
// after the end, so its rate means nothing.
func (c *collector) foldLast(seconds float64) {
	n := len(c.slices) - 1
	if n < 1 || seconds > float64(c.width)/2e9 || c.slices[n] == nil {
		return
	}
	last := c.slices[n]
	c.slices = c.slices[:n]
	before := c.slices[n-1]
	if before == nil {
		c.slices[n-1] = last
		return
	}
	before.counts.add(&last.counts)
	h := result.NewHistogram()
	last.hist.MergeInto(h)
	before.hist.MergeFrom(h)
}

// round returns everything collected as a result; seconds is the measuring time.
func (c *collector) round(seconds float64, both bool) (*result.Round, error) {
	r := &result.Round{Seconds: seconds, Requests: c.requests, Hits: c.hits, Misses: c.misses, Expected: c.expected, Stale: c.stale, In: c.in, Out: c.out}
	all := result.NewHistogram()
	all.Merge(c.reads)
	all.Merge(c.writes)
	r.Latency = result.Summarize(all)
	if both {
		reads, writes := result.Summarize(c.reads), result.Summarize(c.writes)
		r.Reads, r.Writes = &reads, &writes
	}
	var err error
	if r.Histogram, err = all.Encode(hdr.V2CompressedEncodingCookieBase); err != nil {
		return nil, err
	}
	for f, n := range c.errors {
		if n > 0 {
			if r.Errors == nil {
				r.Errors = map[string]int64{}
			}
			r.Errors[fault(f).String()] = n
		}
	}
	width := float64(c.width) / 1e9
	c.foldLast(seconds - width*float64(len(c.slices)-1))
	for i, s := range c.slices {
		if s == nil {
			s = &slice{hist: result.NewPacked()}
		}
		out := result.Slice{At: float64(i) * width, Seconds: min(width, max(seconds-float64(i)*width, 0)), Requests: s.requests, Errors: s.errorCount()}
		if i == len(c.slices)-1 {
			out.Seconds = max(seconds-float64(i)*width, 0)
		}
		out.Fill(s.hist)
		r.Slices = append(r.Slices, out)
	}
	if c.late.TotalCount() > 0 {
		late := result.Summarize(c.late)
		r.Generator.Late, r.Generator.Missed = &late, c.missed
	}
	return r, nil
}
