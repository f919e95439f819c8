package session

import (
	"math/bits"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// latencyHistogram answers LATENCY HISTOGRAM from the mean of each command: how
// long one took is not measured on the way of a request, see loopStats.
func (c *call) latencyHistogram() {
	t := c.n.totals()
	wanted := func(h *handler) bool {
		for i := 2; i < len(c.args); i++ {
			if lower(string(c.arg(i))) == h.name {
				return true
			}
		}
		return len(c.args) == 2
	}
	var ids []int
	for i, h := range c.n.table.handlers {
		if t.calls[i] > 0 && wanted(h) && h.line.Name == "" {
			ids = append(ids, i)
		}
	}
	c.out = wire.Map(c.out, c.p, len(ids))
	for _, i := range ids {
		c.out = wire.BulkString(c.out, c.n.table.handlers[i].name)
		c.out = wire.Map(c.out, c.p, 2)
		c.out = wire.BulkString(c.out, "calls")
		c.out = wire.Int(c.out, t.calls[i])
		c.out = wire.BulkString(c.out, "histogram_usec")
		c.out = wire.Map(c.out, c.p, 1)
		mean := t.nanos[i] / t.calls[i] / 1000
		c.out = wire.Int(c.out, 1<<bits.Len64(uint64(mean)))
		c.out = wire.Int(c.out, t.calls[i])
	}
}
