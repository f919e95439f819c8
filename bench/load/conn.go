package load

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// conn is one raw connection of a thread.
type conn struct {
	id    int
	fd    int
	dead  bool
	wants bool  // polled for write readiness
	dirty bool  // has output for which no write was tried yet
	tries int   // attempts to connect since data last arrived
	retry int64 // of a dead connection: when to connect again; 0: that is under way
	pausing
	thinks  int64  // when its next requests are sent; 0: it does not think
	swapped uint32 // replies in a row with the values of other requests
	swapAt  uint32 // head after the last of them
	used    int    // requests sent on this connection since it was made

	out    []byte
	outPos int // bytes of out already sent
	in     []byte
	most   int // bytes of a read; 0: as many as there are
	inFrom int
	inTo   int

	ring       []flight // a power of two
	head, tail uint32   // positions in ring: the oldest flight, and one past the newest
	requests   int      // in flight

	// Missed keys to be set, in a read-through workload.
	missed            []uint64
	missedAt, missedN int

	// Of a trace's requests in flight, at the places of ring, and of missed keys; nil for other workloads.
	given, missedGiven []workload.Given
}

const inBuffer = 64 << 10

func newConn(id, fd, depth, keys int) *conn {
	size := 1
	for size < depth*keys {
		size *= 2
	}
	return &conn{id: id, fd: fd, in: make([]byte, inBuffer), out: make([]byte, 0, 16<<10), ring: make([]flight, size), missed: make([]uint64, size)}
}

func dial(ctx context.Context, w *sut.Wire) (int, error) {
	c, err := w.Dial(ctx)
	if err != nil {
		return 0, err
	}
	if secure, ok := c.(*tls.Conn); ok {
		if c, err = plain(secure); err != nil {
			return 0, err
		}
	}
	return takeSocket(c)
}

// plain returns one end of a socket pair; goroutines copy between its other end and a TLS connection. Encryption then
// does not run on the event loops, as it would in a client, but costs the same CPU.
func plain(secure *tls.Conn) (net.Conn, error) {
	near, far, err := socketPair()
	if err != nil {
		secure.Close() //nolint:errcheck // already failed
		return nil, err
	}
	go func() {
		io.Copy(far, secure) //nolint:errcheck // the near end sees it closed
		far.Close()          //nolint:errcheck // likewise
	}()
	go func() {
		io.Copy(secure, far) //nolint:errcheck // likewise
		secure.Close()       //nolint:errcheck // likewise
	}()
	return near, nil
}

// restart forgets the state of a connection that has ended.
func (c *conn) restart() {
	c.wants, c.dirty = false, false
	c.pausing, c.thinks = pausing{}, 0
	c.out, c.outPos, c.inFrom, c.inTo = c.out[:0], 0, 0, 0
	c.head, c.requests, c.used, c.swapped = c.tail, 0, 0, 0
}

// flush sends what it can.
func (c *conn) flush() (sent int, blocked bool, err error) {
	c.dirty = false
	for c.outPos < len(c.out) {
		n, again, err := rawWrite(c.fd, c.out[c.outPos:])
		if again || err != nil {
			return sent, again, err
		}
		c.outPos += n
		sent += n
	}
	c.out, c.outPos = c.out[:0], 0
	if cap(c.out) > 8<<20 {
		c.out = make([]byte, 0, 16<<10)
	}
	return sent, false, nil
}

// errEnd means that the target closed the connection.
var errEnd = errors.New("it closed the connection")

// fill reads once. full is true if there may be more to read.
func (c *conn) fill() (n int, full bool, err error) {
	if c.inFrom == c.inTo {
		c.inFrom, c.inTo = 0, 0
	} else if c.inTo == len(c.in) {
		if c.inFrom > 0 {
			c.inTo = copy(c.in, c.in[c.inFrom:c.inTo])
			c.inFrom = 0
		} else {
			bigger := make([]byte, 2*len(c.in))
			copy(bigger, c.in)
			c.in = bigger
		}
	}
	into := c.in[c.inTo:]
	if c.most > 0 {
		into = into[:min(c.most, len(into))]
	}
	n, again, err := rawRead(c.fd, into)
	switch {
	case err != nil:
		return 0, false, err
	case again:
		return 0, false, nil
	case n == 0:
		return 0, false, errEnd
	}
	c.inTo += n
	return n, n == len(into), nil
}

func (c *conn) push(f flight) {
	c.ring[c.tail&uint32(len(c.ring)-1)] = f
	c.tail++
}

func (c *conn) at(i uint32) *flight { return &c.ring[i&uint32(len(c.ring)-1)] }

// oldest is the flight that the next reply answers; nil if none.
func (c *conn) oldest() *flight {
	if c.head == c.tail {
		return nil
	}
	return c.at(c.head)
}

// miss queues key, which the flight at place asked for, to be set later.
func (c *conn) miss(key uint64, place uint32) {
	if c.missedN < len(c.missed) {
		to := (c.missedAt + c.missedN) & (len(c.missed) - 1)
		c.missed[to] = key
		c.keep(to, place)
		c.missedN++
	}
}

// takeMissed takes a missed key out of the queue. Its flight must be the next to be pushed.
func (c *conn) takeMissed() (key uint64, ok bool) {
	if c.missedN == 0 {
		return 0, false
	}
	from := c.missedAt & (len(c.missed) - 1)
	key = c.missed[from]
	if c.given != nil {
		c.give(&c.missedGiven[from])
	}
	c.missedAt++
	c.missedN--
	return key, true
}

// shown renders a server's bytes for an error message.
func shown(b []byte) string { return fmt.Sprintf("%.100q", b) }
