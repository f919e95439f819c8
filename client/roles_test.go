package client

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// TestReaderWhileAnotherWrites sends a request at the moment when the writer has sent its buffer,
// the reader has left because everything was answered, and the writer has not yet looked for
// more to send. The request's caller must become the reader: nobody else would.
func TestReaderWhileAnotherWrites(t *testing.T) {
	f := newFake(t)
	f.put("k", "v")
	nc, err := net.Dial("tcp", f.addr)
	if err != nil {
		t.Fatal(err)
	}
	c := newConn(nc, connLimits{inFlight: 10, queueBytes: 1 << 20, readTimeout: time.Minute})
	defer c.goroutines.Wait()
	defer c.fail(ErrClosed)

	c.mu.Lock()
	c.writing = true
	c.mu.Unlock()
	cl := newCall(nil)
	if done, err := c.send(context.Background(), cl, []request{{op: OpGet, key: "k"}}); done || err != nil {
		t.Fatal(done, err)
	}
	c.flush(false)
	if err := cl.wait(testkit.Within(t, 10*time.Second), 0); err != nil {
		t.Fatalf("no answer: %v", err)
	}
	if v := string(cl.one[0].b); v != "v" {
		t.Errorf("got %q", v)
	}
}
