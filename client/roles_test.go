package client

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// TestReaderWhileAnotherWrites asks when the writer has sent what it had, and
// the reader has left because all was answered, but the writer has not yet
// looked whether there is more. Nobody else would read the answer.
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
