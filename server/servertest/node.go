package servertest

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/node"
)

// DefaultMaxMemory is a node's memory for entries, in bytes, without MaxMemory.
const DefaultMaxMemory = 64 << 20

const (
	// stopTimeout bounds the wait for clients when a node stops.
	stopTimeout = 100 * time.Millisecond
	// readyTimeout bounds the time until a node is ready.
	readyTimeout = 30 * time.Second
)

// Node is a running node. Its methods may be called from any goroutine.
type Node struct {
	// Address is where clients connect, host:port, with the proxy in between.
	Address string
	// TLSAddress is where clients connect with TLS; empty without TLS. There is a proxy in between too, which cannot see
	// requests: Fail and OnRequest have no effect on it.
	TLSAddress string
	// Direct and DirectTLS are the node's own addresses, without the proxies. They change with Restart.
	Direct, DirectTLS string
	// Admin is the address of the admin listener; empty without WithAdmin. It changes with Restart.
	Admin string
	// ID is the node's id, unique in the process unless an option sets it.
	ID string
	// CA, Cert and Key are paths of PEM files, empty without TLS: the authority's certificate, and a certificate that it
	// issued with its key. The node uses it, and a client may.
	CA, Cert, Key string
	// File is the path of the node's config; empty if it needs none.
	File string

	t       testing.TB
	opts    options
	proxy   *proxy
	tls     *proxy // nil: the node has no TLS
	node    *node.Node
	run     *running
	console console
}

// running is one run of a node.
type running struct {
	cancel context.CancelFunc
	ended  chan error
}

// Start starts an empty node and waits until it serves. The node stops when the test ends, and fails it if it stopped
// before.
func Start(t testing.TB, opts ...Option) *Node {
	t.Helper()
	n := newNode(t, optionsOf(t, opts))
	if n.opts.configured() {
		n.File = ConfigFile(t, []*Node{n})
	}
	n.start()
	n.listen()
	n.awaitReady()
	return n
}

// newNode creates a node with its addresses that does not run yet.
func newNode(t testing.TB, o options) *Node {
	t.Helper()
	n := &Node{t: t, opts: o, ID: o.id}
	var err error
	if n.proxy, err = newProxy(); err == nil && o.tls {
		n.tls, err = newProxy()
	}
	if err != nil {
		t.Fatalf("servertest: %v", err)
	}
	n.Address = n.proxy.Address
	if o.tls {
		n.TLSAddress, n.CA, n.Cert, n.Key = n.tls.Address, o.files.ca, o.files.cert, o.files.key
	}
	if n.ID == "" {
		_, port, _ := net.SplitHostPort(n.Address)
		n.ID = "node-" + port
	}
	t.Cleanup(func() {
		for _, p := range n.proxies() {
			p.close()
		}
		n.stop()
		if t.Failed() {
			t.Logf("the log of %s:\n%s", n.ID, n.console.text())
		}
	})
	return n
}

// proxies returns the proxies between the node and its clients.
func (n *Node) proxies() []*proxy {
	if n.tls == nil {
		return []*proxy{n.proxy}
	}
	return []*proxy{n.proxy, n.tls}
}
