// Package dialecttest has helpers for the tests of dialects and commands.
package dialecttest

import (
	"testing"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/commands"
)

// Client is a connection, without sockets, to a node of its own.
type Client struct {
	Node    *session.Node
	Session *session.Session

	t     testing.TB
	store *lru.Cache
	loop  *session.Loop
	in    []byte
}

// Connect returns a new connection to a new node, which speaks the node's dialects and more before them. The caller must
// Close it.
func Connect(t testing.TB, o lru.Options, more ...*session.Dialect) *Client {
	t.Helper()
	o.MaxMemory, o.NoBackground = 16<<20, true
	store, err := lru.New(o)
	if err != nil {
		t.Fatal(err)
	}
	n := session.NewNode(session.Options{Store: store, Commands: commands.All(), Dialects: append(more, commands.Dialects()...)})
	return &Client{t: t, store: store, Node: n, Session: n.NewSession(session.ConnInfo{}), loop: n.NewLoop()}
}

// Send passes input to the session, as a server would, and returns the replies. Unused input is passed again before the
// next.
func (c *Client) Send(input string) (replies string) {
	var out []byte
	for c.in = append(c.in, input...); ; {
		var used int
		used, out = c.Session.Run(c.loop, c.in, out, 1<<20)
		c.in = c.in[used:]
		if c.Session.Closing() || !c.Session.More() {
			return string(out)
		}
	}
}

// Request encodes a request of RESP.
func Request(args ...string) string { return string(wire.Request(nil, args...)) }

// Do sends one request of RESP and returns the reply.
func (c *Client) Do(args ...string) (reply string) { return c.Send(Request(args...)) }

// Close closes the node's store and checks that it is consistent.
func (c *Client) Close() {
	c.t.Helper()
	if err := c.store.Shards().Check(); err != nil {
		c.t.Errorf("the store is broken: %v", err)
	}
	c.store.Close()
}
