package admin

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// MaxConnections bounds the connections of the admin listener. A new connection replaces the one that has been
// idle for longest, so that idle connections cannot keep out health checks and scrapes.
const MaxConnections = 64

// crowd bounds the number of connections of an HTTP server.
type crowd struct {
	most int

	mu  sync.Mutex
	all map[net.Conn]*list.Element // guarded by mu, like the lists
	// idle has the connections without a request in flight, busy those with one. The longest so comes first.
	idle, busy list.List
}

func newCrowd(most int) *crowd { return &crowd{most: most, all: map[net.Conn]*list.Element{}} }

// changed is called by http.Server as its ConnState.
func (c *crowd) changed(nc net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.all[nc]; e != nil {
		c.idle.Remove(e) // does nothing to an element of the other list
		c.busy.Remove(e)
		delete(c.all, nc)
	}
	switch state {
	case http.StateNew, http.StateIdle:
		c.all[nc] = c.idle.PushBack(nc)
	case http.StateActive:
		c.all[nc] = c.busy.PushBack(nc)
	}
	if state == http.StateNew && len(c.all) > c.most {
		c.close()
	}
}

// close closes the connection to be replaced; the server then calls changed for it. REQUIRES mu.
func (c *crowd) close() {
	e := c.idle.Front()
	if e == nil || c.idle.Len() == 1 { // only the new one: all others have a request in flight
		e = c.busy.Front()
	}
	if e == nil {
		e = c.idle.Front()
	}
	c.idle.Remove(e)
	c.busy.Remove(e)
	nc := e.Value.(net.Conn)
	delete(c.all, nc)
	nc.Close() //nolint:errcheck // replaced
}
