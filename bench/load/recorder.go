package load

import (
	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/result"
)

// cell holds one worker's counts and latencies of one slice of time. It belongs to the worker until it is handed over,
// then to the collector until it is handed back empty.
type cell struct {
	from, to int64 // bounds of the slice, ns since the session's clock began
	slice    int   // its number, 0 when measuring begins; negative in the warm-up
	reads    *hdr.Histogram
	writes   *hdr.Histogram
	late     *hdr.Histogram
	counts
}

// counts are the counters kept beside latencies.
type counts struct {
	requests, hits, misses, expected, stale, missed int64
	in, out                                         int64
	errors                                          [faults]int64
}

func (c *counts) add(o *counts) {
	c.requests += o.requests
	c.hits += o.hits
	c.misses += o.misses
	c.expected += o.expected
	c.stale += o.stale
	c.missed += o.missed
	c.in += o.in
	c.out += o.out
	for i := range c.errors {
		c.errors[i] += o.errors[i]
	}
}

func (c *counts) errorCount() (n int64) {
	for _, k := range c.errors {
		n += k
	}
	return n
}

func newCell() *cell {
	return &cell{reads: result.NewHistogram(), writes: result.NewHistogram(), late: result.NewHistogram()}
}

func (c *cell) reset() {
	for _, h := range [...]*hdr.Histogram{c.reads, c.writes, c.late} {
		if h.TotalCount() > 0 {
			h.Reset()
		}
	}
	c.counts = counts{}
}

// recorder gives one worker cells to count in and passes them to the collector at the end of each slice. It does not
// allocate after newRecorder.
type recorder struct {
	*cell
	start int64 // when measuring begins
	width int64 // of a slice
	free  chan *cell
	full  chan<- *cell
}

func newRecorder(start, width int64, full chan<- *cell) *recorder {
	r := &recorder{start: start, width: width, free: make(chan *cell, 3), full: full}
	for range 2 {
		r.free <- newCell()
	}
	r.cell = newCell()
	r.begin(0)
	return r
}

// begin opens the slice that contains now.
func (r *recorder) begin(now int64) {
	r.slice = int((now - r.start) / r.width)
	if now < r.start {
		r.slice = -1
		r.from, r.to = now, r.start
		return
	}
	r.from = r.start + int64(r.slice)*r.width
	r.to = r.from + r.width
}

// turn ends the slice if its time is over. If the collector has no empty cell ready, the slice goes on, so that a worker never
// waits.
func (r *recorder) turn(now int64) {
	if now < r.to {
		return
	}
	select {
	case next := <-r.free:
		r.full <- r.cell // it has room for every cell
		r.cell = next
		r.begin(now)
	default:
		r.to = now + r.width/10
	}
}

// end passes the last cell to the collector.
func (r *recorder) end() { r.full <- r.cell }

// latency records how long a request took.
func (r *recorder) latency(ns int64, read bool) {
	ns = min(max(ns, 1), result.Highest)
	h := r.writes
	if read {
		h = r.reads
	}
	h.RecordValue(ns) //nolint:errcheck // it is within bounds
}

// neverSent records n requests, due at even intervals between from and to, that were still unsent at now.
func (r *recorder) neverSent(from, to, now int64, n int64) {
	const most = 1 << 20 // steps; each then stands for several requests
	steps := min(n, most)
	for i := range steps {
		due := from + int64(float64(to-from)*float64(i)/float64(steps))
		count := n*(i+1)/steps - n*i/steps
		r.reads.RecordValues(min(max(now-due, 1), result.Highest), count) //nolint:errcheck // it is within bounds
	}
}

// startAt sets when measuring begins, before anything is recorded.
func (r *recorder) startAt(start int64) {
	r.start = start
	r.begin(0)
}

// restart begins measuring at start and discards the cell's contents.
func (r *recorder) restart(start int64) {
	r.reset()
	r.start = start
	r.begin(start)
}

// batch records the requests of a batch that took ns.
func (r *recorder) batch(ns int64, s *Session) {
	r.requests += int64(s.plan.Depth)
	r.latency(ns, !s.w.Writes())
}
