package session

import (
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/internal/command"
)

var latencyCommands = []Command{
	{
		Name: "LATENCY", Run: cmdLatency, Arity: -2,
		Flags: "admin noscript loading stale", Group: "server", Shared: true, Since: "2.8.13",
		Syntax:  "HISTOGRAM [command ...]",
		Summary: "Tells how long commands took.",
		Differs: []Difference{{Sub: "HISTOGRAM", Compare: command.SameKind, What: aboutNode}},
		Subcommands: []Subcommand{
			{Usage: "HISTOGRAM [<command-name> ...]", Help: "Return how long a sample of commands took."},
			{Usage: "HISTORY <event>", Help: "Return nothing: events are not kept."},
			{Usage: "LATEST", Help: "Return nothing: events are not kept."},
			{Usage: "RESET [<event> ...]", Help: "Return 0: events are not kept."},
		},
	},
}

// How long commands take is measured on a sample: reading the clock twice costs as much as a GET. One
// request in sampleEvery is timed by itself, and every command that can be long.
const sampleEvery = 61 // prime, so that no pattern of pipelined requests hides some of them

const (
	latencyBuckets = 26 // the last one takes whatever is longer
	latencyShift   = 8  // the first one goes up to 2^latencyShift ns
)

// LatencyBound is the upper bound of bucket i of a Latencies; the last bucket has none.
func LatencyBound(i int) time.Duration { return 1 << (i + latencyShift) }

// Latencies counts samples of durations. Bucket i counts those of at most LatencyBound(i) and more than
// LatencyBound(i-1).
type Latencies struct {
	Buckets [latencyBuckets]int64
	Sum     time.Duration
}

// Count is the number of samples.
func (h *Latencies) Count() (n int64) {
	for _, b := range h.Buckets {
		n += b
	}
	return n
}

// sampled are one loop's samples of one command. Only the loop writes them.
type sampled struct {
	buckets [latencyBuckets]atomic.Int64
	nanos   atomic.Int64
}

func (h *sampled) add(took time.Duration) {
	i := bits.Len64(uint64(max(took-1, 0)) >> latencyShift)
	add(&h.buckets[min(i, latencyBuckets-1)], 1)
	add(&h.nanos, int64(took))
}

// addTo adds the samples to sum.
func (h *sampled) addTo(sum *Latencies) {
	for i := range h.buckets {
		sum.Buckets[i] += h.buckets[i].Load()
	}
	sum.Sum += time.Duration(h.nanos.Load())
}

// sampleDue reports whether this request is one of the sample.
func (t *loopStats) sampleDue() bool {
	t.untilSample--
	if t.untilSample >= 0 {
		return false
	}
	t.untilSample = sampleEvery - 1
	return true
}

// latencies sums the loops' samples of the command with this id.
func (n *Node) latencies(id int) (sum Latencies) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.loops {
		l.stats.sampled[id].addTo(&sum)
	}
	return sum
}

// latencyHistogram answers LATENCY HISTOGRAM: of each command the samples and, by their upper bounds in
// microseconds, how many took no longer.
func (c *Call) latencyHistogram() {
	wanted := func(h *Handler) bool {
		for i := 2; i < c.NArg(); i++ {
			if lower(string(c.Arg(i))) == h.name {
				return true
			}
		}
		return c.NArg() == 2
	}
	var shown []*Handler
	var all []Latencies
	for _, h := range c.Node.table.handlers {
		if h.line != nil || !wanted(h) {
			continue
		}
		if lat := c.Node.latencies(h.id); lat.Count() > 0 {
			shown, all = append(shown, h), append(all, lat)
		}
	}
	c.Map(len(shown))
	for i, h := range shown {
		c.Text(h.name)
		c.Map(2)
		c.Text("calls")
		c.Integer(all[i].Count())
		c.Text("histogram_usec")
		c.histogram(&all[i])
	}
}

// histogram appends the cumulated counts of the buckets that add to them, those below a microsecond as one.
func (c *Call) histogram(lat *Latencies) {
	type point struct{ usec, count int64 }
	var points []point
	sum := int64(0)
	for i, n := range lat.Buckets {
		if sum += n; n == 0 {
			continue
		}
		usec := max(LatencyBound(i).Microseconds(), 1)
		if last := len(points) - 1; last >= 0 && points[last].usec == usec {
			points[last].count = sum
		} else {
			points = append(points, point{usec, sum})
		}
	}
	c.Map(len(points))
	for _, p := range points {
		c.Integer(p.usec)
		c.Integer(p.count)
	}
}
