package session

import (
	"iter"
	"math/bits"
	"sync/atomic"
	"time"
)

// Only a sample of requests is timed individually, because reading the clock twice costs as much as a GET: one request in
// sampleEvery, and all calls of commands that are Timed.
const sampleEvery = 61 // a prime, so that no repeated pattern of pipelined requests escapes the sample

const (
	latencyBuckets = 26 // the last one has no upper bound
	latencyShift   = 8  // the upper bound of the first one is 2^latencyShift ns
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

// sampleDue reports whether this request belongs to the sample.
func (t *loopStats) sampleDue() bool {
	t.untilSample--
	if t.untilSample >= 0 {
		return false
	}
	t.untilSample = sampleEvery - 1
	return true
}

// sample executes a request, times it, and counts its key for HotKeys.
func (n *Node) sample(c *Call, cmd *Handler) {
	if key := cmd.key; key > 0 && key < c.NArg() {
		c.l.hot.add(c.KeyHash, c.Arg(key))
	}
	n.timed(c, cmd)
}

// timed executes a command, adds its duration to the samples, and records it in the slow log if it was slow.
func (n *Node) timed(c *Call, cmd *Handler) {
	start := time.Now()
	cmd.run(c)
	took := time.Since(start)
	c.l.stats.sampled[cmd.id].add(took)
	c.l.stats.took(cmd.id, took)
	if slower := n.slowlog.SlowerThan(); slower >= 0 && took.Microseconds() >= slower && cmd.Name != "SLOWLOG" {
		n.slowlog.add(c.slowCommand(cmd, start, took))
	}
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

// Latencies yields the lower-case name and the samples of each command that has samples.
func (n *Node) Latencies() iter.Seq2[string, Latencies] {
	return func(yield func(string, Latencies) bool) {
		for _, h := range n.table.handlers {
			if h.line != nil {
				continue // its samples are the command's
			}
			if sum := n.latencies(h.id); sum.Count() > 0 && !yield(h.name, sum) {
				return
			}
		}
	}
}
