package admin

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// MaxConnections is how many connections the admin listener has at a time. A new one takes the place of the one that
// has been idle for longest, so that health checks and metrics are answered however many sit there.
const MaxConnections = 64

// crowd keeps the connections of an HTTP server few.
type crowd struct {
	most int

	mu  sync.Mutex
	all map[net.Conn]*list.Element // guarded by mu, as the following
	// order has the connections that may be closed, those without a request under way, the longest so first; and busy
	// those with one.
	order, busy list.List
}

func newCrowd(most int) *crowd { return &crowd{most: most, all: map[net.Conn]*list.Element{}} }

// changed is http.Server.ConnState.
func (c *crowd) changed(nc net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.all[nc]; e != nil {
		c.order.Remove(e) // does nothing to an element of the other list
		c.busy.Remove(e)
		delete(c.all, nc)
	}
	switch state {
	case http.StateNew, http.StateIdle:
		c.all[nc] = c.order.PushBack(nc)
	case http.StateActive:
		c.all[nc] = c.busy.PushBack(nc)
	}
	if state == http.StateNew && len(c.all) > c.most {
		c.close()
	}
}

// close closes the connection that has to go; the server then says that it has changed. REQUIRES mu.
func (c *crowd) close() {
	e := c.order.Front()
	if e == nil || c.order.Len() == 1 { // the new one alone: all others have a request under way
		e = c.busy.Front()
	}
	if e == nil {
		e = c.order.Front()
	}
	c.order.Remove(e)
	c.busy.Remove(e)
	nc := e.Value.(net.Conn)
	delete(c.all, nc)
	nc.Close() //nolint:errcheck // of no use any more
}
