package servertest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/auth"
	"github.com/cachegopher/cachegopher/server/session"
)

// DefaultMaxMemory is what a node's entries may take unless MaxMemory says otherwise.
const DefaultMaxMemory = 64 << 20

// stopTimeout bounds how long a node waits for clients when the test ends.
const stopTimeout = 100 * time.Millisecond

// Node is a running node. Its methods may be called from any goroutine.
type Node struct {
	// Address is where clients connect, host:port, with the proxy in between.
	Address string
	// Direct is the node's own address: what is sent there is not stalled, cut or failed. It changes
	// with Restart.
	Direct string
	// TLSAddress is where a node with TLS speaks it, without the proxy. It changes with Restart.
	TLSAddress string
	// ID is the node's id, unique in the process unless it was chosen.
	ID string

	t     testing.TB
	opts  options
	proxy *proxy
	run   *running
}

// running is a node from its start to its end.
type running struct {
	cancel context.CancelFunc
	ended  chan error
}

type options struct {
	id        string
	role      string
	maxMemory int64
	maxSize   int64
	users     *auth.Users
	tls       *tls.Config
}

// Option changes the node that Start starts.
type Option func(*options)

// ID gives the node its id; otherwise it is made of the port.
func ID(id string) Option { return func(o *options) { o.id = id } }

// Secondary has the node call itself a secondary.
func Secondary() Option { return func(o *options) { o.role = "secondary" } }

// MaxMemory bounds what entries take, in bytes.
func MaxMemory(bytes int64) Option { return func(o *options) { o.maxMemory = bytes } }

// MaxSize bounds the number of entries.
func MaxSize(entries int64) Option { return func(o *options) { o.maxSize = entries } }

// Users has clients sign in.
func Users(u *auth.Users) Option { return func(o *options) { o.users = u } }

// TLS has the node listen at TLSAddress too.
func TLS(cfg *tls.Config) Option { return func(o *options) { o.tls = cfg } }

// Start starts an empty node and waits until it serves. It ends with the test, which fails if the node
// has ended by itself.
func Start(t testing.TB, opts ...Option) *Node {
	t.Helper()
	n := &Node{t: t, opts: options{role: "primary", maxMemory: DefaultMaxMemory}}
	for _, o := range opts {
		o(&n.opts)
	}
	p, err := newProxy()
	if err != nil {
		t.Fatalf("servertest: %v", err)
	}
	n.proxy, n.Address, n.ID = p, p.address, n.opts.id
	if n.ID == "" {
		_, port, _ := net.SplitHostPort(p.address)
		n.ID = "node-" + port
	}
	n.start()
	if err := p.listen(); err != nil {
		t.Fatalf("servertest: %v", err)
	}
	t.Cleanup(func() {
		p.close()
		n.stop()
	})
	return n
}

// start starts the node behind the proxy.
func (n *Node) start() {
	n.t.Helper()
	srv, store, err := n.build()
	if err != nil {
		n.t.Fatalf("servertest: start a node: %v", err)
	}
	n.Direct = srv.Addrs()[0].String()
	if a := srv.TLSAddr(); a != nil {
		n.TLSAddress = a.String()
	}
	n.proxy.to(n.Direct)
	ctx, cancel := context.WithCancel(context.Background())
	n.run = &running{cancel, make(chan error, 1)}
	go func(ended chan<- error) { ended <- errors.Join(srv.Run(ctx), store.Close()) }(n.run.ended)
}

func (n *Node) build() (*server.Server, *lru.Cache, error) {
	store, err := lru.New(lru.Options{MaxMemory: n.opts.maxMemory, MaxEntries: n.opts.maxSize})
	if err != nil {
		return nil, nil, err
	}
	node := session.NewNode(session.Options{Store: store, ID: n.ID, Version: "test", Role: n.opts.role, AllowDebug: true, Users: n.opts.users})
	o := server.Options{Addresses: []string{"127.0.0.1:0"}, EventLoops: 1, StopTimeout: stopTimeout, Node: node}
	if n.opts.tls != nil {
		o.TLSAddress, o.TLS = "127.0.0.1:0", n.opts.tls
	}
	srv, err := server.New(o)
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	return srv, store, nil
}

// stop ends the node behind the proxy.
func (n *Node) stop() {
	if n.run == nil {
		return
	}
	n.run.cancel()
	if err := <-n.run.ended; err != nil {
		n.t.Errorf("servertest: node %s: %v", n.ID, err)
	}
	n.run = nil
}

// Kill ends the node as kill -9 does: its connections break, new ones are refused, and what it held is
// lost. The test may Restart it.
func (n *Node) Kill() {
	n.proxy.refuse()
	n.stop()
}

// Restart starts a killed node again, empty, at the same Address.
func (n *Node) Restart() {
	n.t.Helper()
	n.Kill()
	n.proxy.clear()
	n.start()
	if err := n.proxy.listen(); err != nil {
		n.t.Fatalf("servertest: %v", err)
	}
}

// Config is the text of a config file in which each group's first node is the primary of the others.
func Config(groups ...[]*Node) string {
	var servers []string
	for _, g := range groups {
		var others []string
		for _, n := range g[1:] {
			others = append(others, fmt.Sprintf("%q", n.ID))
			servers = append(servers, fmt.Sprintf(`{"id": %q, "address": %q, "role": "secondary", "primary": %q}`, n.ID, n.Address, g[0].ID))
		}
		servers = append(servers, fmt.Sprintf(`{"id": %q, "address": %q, "role": "primary", "secondaries": [%s]}`,
			g[0].ID, g[0].Address, strings.Join(others, ", ")))
	}
	return "{\"servers\": [\n  " + strings.Join(servers, ",\n  ") + "\n]}\n"
}

// ConfigFile writes Config's text to a file that ends with the test, and returns its path.
func ConfigFile(t testing.TB, groups ...[]*Node) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cacheGopherConfig.json")
	if err := os.WriteFile(path, []byte(Config(groups...)), 0o600); err != nil {
		t.Fatalf("servertest: %v", err)
	}
	return path
}
