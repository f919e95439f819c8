package server

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/certs"
	"github.com/cachegopher/cachegopher/internal/certs/certstest"
)

// serveSecure serves toys with TLS and returns a function that connects.
func serveSecure(t *testing.T, o Options) (*running, func() *client) {
	t.Helper()
	folder := t.TempDir()
	ca := certstest.New(t, folder)
	cert, key := ca.Issue(t, folder, "node")
	store, err := certs.Load(certs.Files{Cert: cert, Key: key, CA: ca.CA})
	if err != nil {
		t.Fatal(err)
	}
	o.TLSAddress, o.TLS = "127.0.0.1:0", store.Server()
	r := serveToys(t, o)
	return r, func() *client {
		t.Helper()
		conn, err := tls.Dial("tcp", r.TLSAddr().String(), store.Client("127.0.0.1"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		return &client{Conn: conn, t: t, r: bufio.NewReader(conn)}
	}
}

// ends waits for the server to close the connection.
func (c *client) ends() {
	c.t.Helper()
	n, err := c.Read(make([]byte, 1))
	if n > 0 || os.IsTimeout(err) {
		c.t.Errorf("%d bytes, %v instead of the end of the connection", n, err)
	}
}

// TestSecureIdle closes an idle connection with TLS, and no other.
func TestSecureIdle(t *testing.T) {
	const timeout = 400 * time.Millisecond
	r, dial := serveSecure(t, Options{IdleTimeout: timeout})
	began := time.Now() // before the node can begin to count
	idle := dial()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		idle.ends()
		if took := time.Since(began); took < timeout {
			t.Errorf("closed after %v", took)
		}
	}()
	again := r.talk(dial, timeout, ended)
	if n := r.Stats().ClosedIdle; n < 1 || n > 1+again {
		t.Errorf("%d connections were closed as idle", n)
	}
}

// TestSecureMemory makes TLS connections keep more than client_buffers: some are closed, and the kept bytes stay within
// the bound, and nothing is kept once all are closed.
func TestSecureMemory(t *testing.T) {
	const bound = 1 << 20
	r, dial := serveSecure(t, Options{ClientBuffers: bound, EventLoops: 1})
	part := strings.Repeat("x", 100<<10)
	var all []net.Conn
	for range 30 {
		c := dial()
		_, _ = c.Write([]byte(part)) // may be closed already
		all = append(all, c)
	}
	r.eventually("connection closed for the buffers of all", func() bool { return r.Stats().ClosedClientBuffers > 0 })
	if held := r.buffered(); held > bound {
		t.Errorf("%d bytes are kept, %d are allowed", held, bound)
	}
	for _, c := range all {
		c.Close()
	}
	r.eventually("end of all connections", func() bool { return r.Stats().Connections == 0 })
	if held := r.buffered(); held != 0 {
		t.Errorf("%d bytes are kept for nobody", held)
	}
}

// TestSecureReplies has TLS clients that request more than they read: their waiting replies count with all buffers, and
// the connections that keep most are closed; one that keeps little is not.
func TestSecureReplies(t *testing.T) {
	const bound, greedy = 1 << 20, 60
	r, dial := serveSecure(t, Options{ClientBuffers: bound, EventLoops: 2})
	modest := dial()
	modest.send("half a request")
	for range greedy {
		c := dial()
		c.small()
		c.send(strings.Repeat("1000000\n", 30))
	}
	r.bounded(1+greedy, bound)
	s := r.Stats()
	if s.ClosedClientBuffers >= greedy || s.ClosedUnsent != 0 || s.Buffered < 100<<10 {
		t.Errorf("counted %+v", s)
	}
	r.saysTooLarge(s.ClosedClientBuffers)
	modest.send("\n6\n")
	modest.gets(6)
}

// TestSecureSharesScratch makes many TLS connections work at once: they use the event loops' scratch space, which is
// never freed.
func TestSecureSharesScratch(t *testing.T) {
	const loops, many = 2, 20
	r, dial := serveSecure(t, Options{EventLoops: loops})
	var all []*client
	for range many {
		c := dial()
		c.send("rest\n")
		all = append(all, c)
	}
	for _, c := range all {
		c.gets(1)
	}
	if n := r.toys.scratches.Load(); n > loops {
		t.Errorf("%d connections took scratch space %d times", many, n)
	}
}

// TestSecureHalfClose sends a pipeline and a close_notify with TLS, and reads late: every reply arrives, then the end of
// input.
func TestSecureHalfClose(t *testing.T) {
	r, dial := serveSecure(t, Options{EventLoops: 2})
	const requests, size = 200, 100_000 // 20 MB
	c := dial()
	c.send(strings.Repeat("100000\n", requests) + "a part of a request")
	if err := c.Conn.(*tls.Conn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	r.quiet(r.toys.executed.Load)
	if n := r.toys.executed.Load(); n == requests {
		t.Error("all was executed before the client read")
	}
	c.gets(requests * size)
	c.closed()
	if s := r.Stats(); s.ClosedUnsent != 0 {
		t.Errorf("counted %+v", s)
	}
}

// TestSecurePanic closes the connection with TLS whose session panics, and counts it as for others.
func TestSecurePanic(t *testing.T) {
	r, dial := serveSecure(t, Options{})
	other, c := dial(), dial()
	c.send("panic\n")
	c.ends()
	if n := r.Stats().ClosedPanic; n != 1 {
		t.Errorf("counted %d", n)
	}
	other.send("3\n")
	other.gets(3)
}

// TestSecurePieces sends requests in records of one byte, and records in pieces of one byte.
func TestSecurePieces(t *testing.T) {
	r, dial := serveSecure(t, Options{})
	c := dial()
	for range 50 {
		for _, b := range []string{"3", "\n"} {
			c.send(b)
		}
	}
	c.gets(150)
	raw, err := net.Dial("tcp", r.TLSAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	slow := tls.Client(pieces{raw}, &tls.Config{InsecureSkipVerify: true})
	if err := slow.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := slow.Write([]byte("1\n2\n")); err != nil {
			t.Fatal(err)
		}
		if n, err := io.ReadFull(slow, make([]byte, 3)); err != nil {
			t.Fatalf("%d bytes, %v", n, err)
		}
	}
}

// pieces is a connection whose writes take a system call for each byte.
type pieces struct{ net.Conn }

func (p pieces) Write(b []byte) (int, error) {
	for i := range b {
		if _, err := p.Conn.Write(b[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(b), nil
}
