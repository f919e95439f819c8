package load

import (
	"time"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// What a trace says of a request is copied, because it is needed until the reply has arrived, and after a miss until
// the key has been set.

func copyGiven(to, from *workload.Given) {
	to.Key, to.Size, to.Expiry = append(to.Key[:0], from.Key...), from.Size, from.Expiry
}

// remember makes room for what a trace says of its requests.
func (c *conn) remember(trace bool) {
	if trace {
		c.given, c.missedGiven = make([]workload.Given, len(c.ring)), make([]workload.Given, len(c.missed))
	}
}

// givenAt is what the trace says of the request at a place of the ring; nil for other workloads.
func (c *conn) givenAt(place uint32) *workload.Given {
	if c.given == nil {
		return nil
	}
	return &c.given[place&uint32(len(c.ring)-1)]
}

// give notes what is said of the request that is pushed next.
func (c *conn) give(g *workload.Given) {
	if to := c.givenAt(c.tail); to != nil && g != nil {
		copyGiven(to, g)
	}
}

// keep notes what is said of the missed key at a place of the queue, which the flight at place asked for.
func (c *conn) keep(to int, place uint32) {
	if from := c.givenAt(place); from != nil {
		copyGiven(&c.missedGiven[to], from)
	}
}

// taken notes what the trace says of the request in flight; nil for other workloads.
func (c *caller) taken(g *workload.Given) {
	if g != nil {
		copyGiven(&c.buffer, g)
		c.given = &c.buffer
	}
}

// keep notes what is said of the key that was missed last.
func (c *caller) keep() {
	if c.given != nil {
		c.missedGiven = append(c.missedGiven, workload.Given{})
		copyGiven(&c.missedGiven[len(c.missedGiven)-1], c.given)
	}
}

// takeMissed has the missed key that was noted last in flight.
func (c *caller) takeMissed() {
	if n := len(c.missedGiven); n > 0 {
		c.taken(&c.missedGiven[n-1])
		c.missedGiven = c.missedGiven[:n-1]
	}
}

// key is the key of the request in flight.
func (c *caller) key(f *flight) string {
	if c.given != nil {
		return string(c.given.Key)
	}
	return c.cs.s.keys.at(f.key)
}

// stored is the size and the time to live of what the request in flight stores.
func (c *caller) stored(f *flight) (size int, expiry time.Duration) {
	w := c.cs.s.w
	switch {
	case c.given != nil:
		return c.given.Size, c.given.Expiry
	case f.kind == workload.TTL:
		return 0, max(w.Spec.Expiry, time.Hour)
	}
	return w.ValueSize(f.key), w.Spec.Expiry
}
