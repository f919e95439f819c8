package client

import (
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// send writes bytes on all connections of the node.
func (f *fakeNode) send(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for nc := range f.conns {
		fmt.Fprint(nc, text)
	}
}

// noFailures checks that no connection of the client has failed.
func noFailures(t *testing.T, c *Client) {
	t.Helper()
	for _, n := range c.Nodes() {
		if n.Errors > 0 {
			t.Errorf("%d connections to %s have failed: %v", n.Errors, n.ID, n.LastErr)
		}
	}
}

// TestPushBehindTheHandshake: the topology changes while a connection is greeted, so that a push, and the beginning of another
// one, arrive with the reply to TOPOLOGY WATCH.
func TestPushBehindTheHandshake(t *testing.T) {
	g := newFakeGroup(t, 0)
	before := bulk(*g.says.Load())
	g.lead(0, 2, 1)
	after := ">2\r\n" + bulk("topology") + bulk(*g.says.Load())
	for _, f := range g.nodes {
		f.setPlan(func(_ int, args []string) act {
			switch args[0] {
			case "HELLO":
				return act{reply: "%1\r\n" + bulk("server") + bulk("redis")}
			case "TOPOLOGY":
				return act{reply: before + after + ">1\r\n+h"}
			}
			return act{}
		})
	}
	c := g.client(t, g.nodes[0].addr)
	testkit.Eventually(t, "the pushed topology is in force", func() bool { return c.Nodes()[1].Primary })
	for _, f := range g.nodes {
		f.send("i\r\n")
	}
	ctx := testkit.Within(t, 20*time.Second)
	if err := c.Set(ctx, "k", []byte("v")); err != nil {
		t.Error(err)
	}
	for range 4 {
		if v, err := c.Get(ctx, "k", FromPrimary()); err != nil || string(v) != "v" {
			t.Errorf("%q, %v", v, err)
		}
	}
	noFailures(t, c)
}

// TestRequestAmidAPush: the reader has the beginning of a push message, and its end is in the socket, when a request is sent.
func TestRequestAmidAPush(t *testing.T) {
	f := newFake(t)
	f.put("k", "v")
	c := newClient(t, []*fakeNode{f}, WithConnsPerNode(1), WithReadTimeout(time.Minute))
	ready(t, c)
	n := c.topology.Load().nodes[0]
	cn := n.slots[0].Load()
	ctx := testkit.Within(t, 50*time.Second)
	for range 100 {
		n.watch(time.Now()) // has the connection's goroutine read
		f.send(">1\r\n+h")
		testkit.Eventually(t, "the reader has the beginning", cn.behind.Load)
		f.send("i\r\n")
		if v, err := c.Get(ctx, "k"); err != nil || string(v) != "v" {
			t.Fatalf("%q, %v", v, err)
		}
	}
	noFailures(t, c)
}
