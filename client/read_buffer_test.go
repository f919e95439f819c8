package client

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
	"time"
)

// Each reply goes to its request, whatever the pieces in which replies arrive.
func TestRepliesInPieces(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	node, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer node.Close()
	c := newConn(nc, connLimits{inFlight: 1 << 20, queueBytes: 1 << 30, readTimeout: time.Minute})
	defer c.fail(ErrClosed)
	r := rand.New(rand.NewPCG(1, 2))
	var wire []byte
	var want [][]byte
	for i := range 300 {
		v := bytes.Repeat([]byte{byte(i)}, r.IntN(200))
		if i%50 == 0 {
			v = make([]byte, 60000)
		}
		want = append(want, v)
		wire = fmt.Appendf(wire, "$%d\r\n%s\r\n", len(v), v)
	}
	reqs := make([]request, len(want))
	sink := make([]reply, len(want))
	for i := range reqs {
		reqs[i] = request{op: OpGet, key: "k"}
	}
	go func() {
		node.Read(make([]byte, 1)) // a reply before its request would end the connection
		for len(wire) > 0 {
			n := min(1+r.IntN(9), len(wire))
			if r.IntN(3) == 0 {
				n = min(r.IntN(5000)+1, len(wire))
			}
			node.Write(wire[:n])
			wire = wire[n:]
		}
	}()
	cl := newCall(sink)
	done, err := c.send(t.Context(), cl, reqs)
	if err != nil {
		t.Fatal(err)
	}
	if !done {
		if err := cl.wait(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	for i := range want {
		if !bytes.Equal(sink[i].b, want[i]) {
			t.Fatalf("reply %d has %d bytes, want %d", i, len(sink[i].b), len(want[i]))
		}
	}
}

// The read buffer grows to the size that a reply needs, and shrinks again.
func TestReadBufferFollowsReplies(t *testing.T) {
	c := &conn{}
	c.reader.init()
	s := &c.reader
	receive := func(b []byte) {
		for len(b) > 0 {
			n := copy(s.space(), b)
			c.gotBytes(n, 0)
			b = b[n:]
		}
	}
	header := []byte("$60000\r\n")
	receive(header)
	if n := len(s.space()); n < 60002 {
		t.Errorf("room for %d bytes when 60,002 are known to come", n)
	}
	receive(make([]byte, 60002))
	s.r = s.w // handed out
	for range shrinkAfter + 2 {
		receive([]byte("$1\r\na\r\n"))
		s.r = s.w
	}
	if n := len(s.buf); n > readBuffer {
		t.Errorf("buffer of %d bytes after many small replies", n)
	}
}
