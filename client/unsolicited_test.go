package client

import (
	"bufio"
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// echoNode answers GET with the key itself, and can send unsolicited bytes on all connections.
type echoNode struct {
	*testkit.Server
	gets atomic.Int64
}

func newEchoNode(t *testing.T) *echoNode {
	e := &echoNode{}
	e.Server = testkit.Serve(t, e.serve)
	return e
}

func (e *echoNode) serve(nc net.Conn) {
	r := bufio.NewReader(nc)
	for {
		args, err := readCommand(r)
		if err != nil {
			return
		}
		reply := "%0\r\n"
		if args[0] == "GET" {
			reply = bulk(args[1])
			e.gets.Add(1)
		}
		if _, err := nc.Write([]byte(reply)); err != nil {
			return
		}
	}
}

// An unsolicited reply ends its connection, whichever goroutine would read it: neither the
// next caller nor the one after gets it, and the request is not sent on that connection.
func TestUnsolicitedReplies(t *testing.T) {
	for _, x := range []struct {
		name  string
		bytes string
		idle  time.Duration // between the last answer and the unsolicited bytes
		waits time.Duration // between that and the next request
		push  bool          // the bytes are a push message, not a reply
	}{
		{name: "at once", bytes: bulk("wrong"), waits: 2 * time.Millisecond},
		{name: "a part of one", bytes: "$5\r\nwr", waits: 2 * time.Millisecond},
		{name: "after a while", bytes: bulk("wrong"), idle: 8 * time.Millisecond, waits: 2 * time.Millisecond},
		{name: "while the connection's goroutine reads", bytes: bulk("wrong"), idle: 60 * time.Millisecond, waits: 2 * time.Millisecond},
		{name: "long before the request", bytes: bulk("wrong"), waits: 10 * time.Millisecond},
		{name: "behind a push", bytes: ">1\r\n+hi\r\n" + bulk("wrong"), idle: 8 * time.Millisecond, waits: 5 * time.Millisecond},
		{name: "a push alone", bytes: ">1\r\n+hi\r\n", push: true},
		{name: "a push in two parts", bytes: ">1\r\n+h", push: true},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			e := newEchoNode(t)
			timeout := 200 * time.Millisecond
			if x.idle == 0 {
				timeout = time.Minute // then nothing but a request wakes the connection's goroutine
			}
			c, err := New(WithServers(e.Address), WithConnsPerNode(1), WithReadTimeout(timeout), WithConnectTimeout(testkit.Patience))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			get := func(ctx context.Context, key string) {
				t.Helper()
				// A read that certainly was not sent is tried again on another connection.
				if v, err := c.Get(ctx, key); err != nil || string(v) != key {
					t.Errorf("Get of %q = %q, %v", key, v, err)
				}
			}
			cancelled, cancel := context.WithCancel(context.Background())
			defer cancel()
			for round := range 8 {
				ctx := []context.Context{context.Background(), cancelled}[round%2]
				get(ctx, "first")
				time.Sleep(x.idle)
				e.Each(func(nc net.Conn) { nc.Write([]byte(x.bytes)) })
				time.Sleep(x.waits)
				if x.idle == 0 && !x.push {
					testkit.Eventually(t, "goroutine that has judged what it read", func() bool { return judged(c) })
				}
				if x.name == "a push in two parts" {
					e.Each(func(nc net.Conn) { nc.Write([]byte("i\r\n")) })
				}
				get(ctx, "second")
				get(ctx, "third")
			}
			if n := c.Nodes()[0].Errors; x.push && n > 0 || !x.push && n == 0 {
				t.Errorf("%d connections failed", n)
			}
			// The connection's goroutine may have read the bytes from the socket and not have judged them yet: then the
			// request is sent, and sent again on the next connection.
			most := int64(24)
			if x.idle > 0 {
				most += int64(c.Nodes()[0].Errors)
			}
			if gets := e.gets.Load(); gets < 24 || gets > most {
				t.Errorf("%d requests were sent for 24 reads", gets)
			}
		})
	}
}

// judged reports whether nobody reads the only connection, so that arrived bytes wait in the socket, or it has failed.
func judged(c *Client) bool {
	nc := c.topology.Load().nodes[0].slots[0].Load()
	if nc == nil {
		return true
	}
	nc.mu.Lock()
	defer nc.mu.Unlock()
	return !nc.reading || nc.err != nil
}

// The same where the socket cannot be reached beneath the connection: bytes read before a
// request was written are not its reply.
func TestUnsolicitedReplyThroughAWrapper(t *testing.T) {
	client, server := net.Pipe()
	defer server.Close()
	c := newConn(client, connLimits{inFlight: 100, queueBytes: 1 << 20, readTimeout: time.Minute})
	defer c.goroutines.Wait()
	c.mu.Lock()
	c.writing = true // a writer has the role and has not taken the request yet
	c.reading = true
	c.mu.Unlock()
	c.readWake <- struct{}{}
	cl := newCall(nil)
	if _, err := c.send(context.Background(), cl, []request{{op: OpGet, key: "k"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Write([]byte(bulk("wrong"))); err != nil {
		t.Fatal(err)
	}
	<-c.dead
	c.failWriter(nil)
	<-cl.wake
	if cl.err == nil || !cl.unsent {
		t.Errorf("the call ended with %v, unsent %v", cl.err, cl.unsent)
	}
}
