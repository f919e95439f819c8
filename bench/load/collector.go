package load

import (
	"math"
	"slices"
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
	Errors    int64   // so far
	Busy      float64 // cores that other processes of the generator used since the last one
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

// fold makes one slice of those after the measured time, and adds a last slice within it that lasted less than half as long
// as others to the one before it, because its rate means little. It returns how many slices are within the measured time.
func (c *collector) fold(seconds float64) int {
	width := float64(c.width) / 1e9
	n := max(1, int(math.Ceil(seconds/width-1e-6)))
	for len(c.slices) > n+1 {
		c.foldAt(len(c.slices) - 1)
	}
	if n > 1 && len(c.slices) >= n && seconds-float64(n-1)*width < width/2 {
		n--
		c.foldAt(n)
	}
	return n
}

// foldAt adds slice i to the one before it.
func (c *collector) foldAt(i int) {
	from, to := c.slices[i], c.slices[i-1]
	c.slices = slices.Delete(c.slices, i, i+1)
	switch {
	case from == nil:
	case to == nil:
		c.slices[i-1] = from
	default:
		to.counts.add(&from.counts)
		h := result.NewHistogram()
		from.hist.MergeInto(h)
		to.hist.MergeFrom(h)
	}
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
	r.Slices = c.show(seconds)
	if c.late.TotalCount() > 0 {
		late := result.Summarize(c.late)
		r.Generator.Late, r.Generator.Missed = &late, c.missed
	}
	return r, nil
}

// show returns the slices of a round that lasted for seconds; what came after it is a slice without a length.
func (c *collector) show(seconds float64) (all []result.Slice) {
	width := float64(c.width) / 1e9
	within := c.fold(seconds)
	for i, s := range c.slices {
		if s == nil {
			s = &slice{hist: result.NewPacked()}
		}
		out := result.Slice{At: float64(i) * width, Seconds: width, Requests: s.requests, Errors: s.errorCount()}
		switch {
		case i == within-1:
			out.Seconds = max(seconds-out.At, 0)
		case i >= within:
			out.At, out.Seconds = seconds, 0
		}
		out.Fill(s.hist)
		all = append(all, out)
	}
	return all
}
