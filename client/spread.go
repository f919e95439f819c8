package client

import "context"

// With more requests in flight on a connection than this the next one is used too. Fewer busy connections make larger batches,
// which saves more than a second reader does, unless the reader has much to copy.
const (
	spreadAbove      = 512
	spreadLargeAbove = 64
)

// From so many callers on, calls are divided between two connections: see connOf. With fewer, smaller batches cost more than
// it saves.
const apartFrom = 48

// conn returns a connection. When there is none it waits for the next one, unless the
// node is down.
func (n *node) conn(ctx context.Context) (*conn, error) {
	var best *conn
	least := 0
	for i := range n.slots {
		c := n.slots[i].Load()
		if c == nil {
			continue
		}
		if c.light() {
			return c, nil
		}
		if load := c.inFlight(); best == nil || load < least {
			best, least = c, load
		}
	}
	if best != nil {
		return best, nil
	}
	return n.await(ctx)
}

// connOf is conn for a call. With many callers it stays with one of the first two connections: callers whose replies came
// together on a connection then send together on it again, and the node works for those on the other one meanwhile. With
// one connection the client and the node would wait for each other. It is the call that stays, since goroutines have no
// names; one that is released goes to the next caller on the same processor, which mostly is the same goroutine.
func (n *node) connOf(ctx context.Context, cl *call) (*conn, error) {
	if len(n.slots) > 1 {
		first, second := n.slots[0].Load(), n.slots[1].Load()
		if first != nil && second != nil && first.active.Load()+second.active.Load() >= apartFrom {
			c := first
			if cl.second {
				c = second
			}
			if c.light() {
				return c, nil
			}
		}
	}
	return n.conn(ctx)
}

// light reports whether so few requests are in flight on the connection that no other one is needed.
func (c *conn) light() bool {
	load := c.inFlight()
	return load < spreadLargeAbove || load < spreadAbove && !c.large.Load()
}
