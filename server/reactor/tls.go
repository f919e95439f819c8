package reactor

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// handshakeTime bounds a TLS handshake.
const handshakeTime = 10 * time.Second

// handshakes are the TLS handshakes in progress. Each has a goroutine, since it computes for long and crypto/tls cannot suspend it.
// Its connection is then enrolled like any other.
type handshakes struct {
	ctx    context.Context // ends all
	cancel context.CancelFunc
	wg     sync.WaitGroup

	enroll sync.Mutex // held while one is enrolled, which takes a second descriptor
}

// Handshake does the handshake of a TLS client on a new goroutine, and then calls done there: with a
// connection to be enrolled, or with an error once nc is closed. It takes at most 10 s. cancel ends it early; all end
// when the Reactor stops.
func (r *Reactor) Handshake(nc net.Conn, config *tls.Config, done func(*tls.Conn, error)) (cancel context.CancelFunc) {
	h := &r.handshakes
	ctx, cancel := context.WithTimeout(h.ctx, handshakeTime)
	h.wg.Go(func() {
		tc := tls.Server(&transport{Conn: nc}, config)
		err := tc.HandshakeContext(ctx)
		cancel()
		if err != nil {
			nc.Close()
			done(nil, err)
			return
		}
		h.enroll.Lock()
		defer h.enroll.Unlock()
		done(tc, nil)
	})
	return cancel
}

// transport stands between crypto/tls and a socket. During the handshake it is the connection itself. Once a loop serves
// the connection it is in memory: it gives crypto/tls what the loop has read, and takes records for the loop to write.
type transport struct {
	net.Conn
	tls  *tls.Conn
	loop *Loop  // nil during the handshake
	in   []byte // read and not decrypted
}

// memoryTransport splits a connection that Handshake made into its transport and its socket; it returns others as
// they are.
func memoryTransport(nc net.Conn) (*transport, net.Conn) {
	tc, ok := nc.(*tls.Conn)
	if !ok {
		return nil, nc
	}
	t := tc.NetConn().(*transport)
	t.tls = tc
	return t, t.Conn
}

// opened switches to memory: from now on l reads and writes the socket.
func (t *transport) opened(l *Loop) {
	t.Conn, t.loop = nil, l
	if l.plain == nil {
		l.plain = make([]byte, readBuffer)
	}
}

// Read is for crypto/tls. Without input it returns a deadline's error, after which crypto/tls keeps an incomplete record and
// may be called again.
func (t *transport) Read(p []byte) (int, error) {
	if t.loop == nil {
		return t.Conn.Read(p)
	}
	if len(t.in) == 0 {
		return 0, os.ErrDeadlineExceeded
	}
	n := copy(p, t.in)
	t.in = t.in[n:]
	return n, nil
}

// Write is for crypto/tls.
func (t *transport) Write(p []byte) (int, error) {
	if t.loop == nil {
		return t.Conn.Write(p)
	}
	t.loop.cipher = append(t.loop.cipher, p...)
	return len(p), nil
}

// SetWriteDeadline is for crypto/tls, whose writes to memory do not wait.
func (t *transport) SetWriteDeadline(at time.Time) error {
	if t.loop == nil {
		return t.Conn.SetWriteDeadline(at)
	}
	return nil
}

// decrypt decrypts data, after the rest of earlier input, and passes it to the handler.
func (c *Conn) decrypt(data []byte) {
	t, l := c.tls, c.loop
	t.in = data
	for c.phase <= Draining {
		n, err := t.read(l.plain)
		if !c.sendRecords() {
			return
		}
		if n > 0 {
			c.handler.Receive(l.plain[:n])
		}
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded): // at most a part of a record is left
			return
		case err == io.EOF:
			if c.phase == Open {
				c.drain()
			}
			return
		default:
			c.Abort()
			return
		}
	}
	t.in = nil
}

// read decrypts until p is full. If an error ends it early, it returns the bytes so far with the error.
func (t *transport) read(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var one int
		one, err = t.tls.Read(p[n:])
		n += one
	}
	return n, err
}

// encrypt is Send for a connection with TLS.
func (c *Conn) encrypt(b []byte) bool {
	if _, err := c.tls.tls.Write(b); err != nil {
		c.broken()
		return false
	}
	return c.sendRecords()
}

// sendRecords sends the records that crypto/tls has written. It returns false if the connection is broken, and then closed.
func (c *Conn) sendRecords() bool {
	records := &c.loop.cipher
	ok := len(*records) == 0 || c.transmit(records)
	*records = (*records)[:0]
	return ok
}

// closeNotify sends the close_notify alert, by which the client distinguishes the end from a broken connection. It
// reports whether the socket took it.
func (c *Conn) closeNotify() bool {
	_ = c.tls.tls.CloseWrite() // writes to memory, once
	return c.sendRecords() && c.out.Len() == 0
}
