package drive

import (
	"bytes"
	"net"
	"sync"
)

// conn is a connection to a taker. What is sent on it is written by a goroutine, so that nobody waits for a slow taker.
type conn struct {
	net.Conn
	queue chan []byte // the giver has few requests in flight
	ended chan struct{}
	once  sync.Once
}

// queued is more than a giver has in flight at any time.
const queued = 32

func newConn(c net.Conn) *conn {
	return &conn{Conn: c, queue: make(chan []byte, queued), ended: make(chan struct{})}
}

// send queues data, of which it makes a copy.
func (c *conn) send(data []byte) {
	select {
	case c.queue <- bytes.Clone(data):
	case <-c.ended:
	}
}

// write writes what is queued until the connection ends.
func (c *conn) write() {
	for {
		select {
		case data := <-c.queue:
			if _, err := c.Write(data); err != nil {
				c.close() // the reader reports it
				return
			}
		case <-c.ended:
			return
		}
	}
}

// read passes on copies of what is received until the connection ends, and returns why it has.
func (c *conn) read(take func(data []byte)) error {
	for b := make([]byte, 4096); ; {
		n, err := c.Read(b)
		if n > 0 {
			take(bytes.Clone(b[:n]))
		}
		if err != nil {
			return err
		}
	}
}

// close ends the connection. Any goroutine may call it, more than once.
func (c *conn) close() {
	c.once.Do(func() {
		close(c.ended)
		c.Close() //nolint:errcheck // what was written no longer matters
	})
}
