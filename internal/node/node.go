// Package node composes a node from a config: store, replication, server, admin listener. The daemon runs one; tests run
// any number in their own process, since a node keeps no global state.
package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/goruntime"
	"github.com/cachegopher/cachegopher/internal/keep"
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/lru/policy"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/commands"
)

// Options configure New.
type Options struct {
	Setup
	Version     string
	Log         *logging.Logger        // required
	Manager     keep.Manager           // stores descriptors, for keep_memory
	Listeners   []net.Listener         // open already; New opens only the addresses that these do not serve
	Reread      func() (*Setup, error) // reads the config again, for Reload; nil: Reload changes nothing
	Topology    topology.Source        // says which servers lead; nil: the config, as Reload reads it
	StopTimeout time.Duration          // bounds Run's wait for clients to read their replies; 0: the server's default
}

// Node is one server of a topology: its store, its part in a group, its listeners. New makes one, Run serves. Methods may
// be called from any goroutine, Reload from one at a time.
type Node struct {
	opts    Options
	started *Setup // does not change
	now     *Setup // as of the last reload; only Reload uses it

	topology *topology.Live // who leads, as far as this node knows
	cluster  redisCluster
	document sync.Mutex    // held while the topology's document is written
	moveRate atomic.Int64  // bytes a second that moves of slots may copy; 0: no limit
	sessions *session.Node // state that all sessions share
	server   *settings
	kept     *kept
	store    *lru.Cache    // of kept
	ready    chan struct{} // closed once Run has found the node ready
	repl     *replication
	saver    *snapshots  // nil: none
	local    *localReads // nil: clients do not read the memory
	backing  *backing
	sec      *security
	admin    *adminListener
	log      *logging.Logger
}

// New reads the files that the config names, allocates the store and opens the addresses. Faults of the config are of
// type *config.Error or config.Errors. To release its resources a node must be Run, if only with a context that is done.
func New(o Options) (*Node, error) {
	s := &o.Setup
	if err := s.checkSockets(o.Listeners); err != nil {
		return nil, err
	}
	sec, err := newSecurity(s, o.Log.Logger)
	if err != nil {
		return nil, err
	}
	kept, err := openStore(&o)
	if err != nil {
		return nil, fmt.Errorf("make the store: %w", err)
	}
	store := kept.store
	n := &Node{opts: o, started: s, now: s, kept: kept, store: store, sec: sec, log: o.Log, server: &settings{log: o.Log}, ready: make(chan struct{})}
	n.backing = &backing{unbacked: func(is bool) { n.sessions.SetUnbacked(is) }}
	n.topology = topology.NewLive(s.topology(o.Topology))
	if s.Joined {
		n.topology.Assume(s.Node.Group)
	}
	if n.saver, err = newSnapshots(s, store, kept.came, o.Log.Logger); err != nil {
		return nil, errors.Join(err, kept.leave())
	}
	if n.local, err = newLocalReads(s, store, o.Log.Logger); err != nil {
		return nil, errors.Join(err, kept.leave())
	}
	if n.repl, err = newReplication(s, n.topology, kept, sec, n.backing, n.saver.loading, o.Log); err != nil {
		return nil, errors.Join(err, n.local.close(), kept.leave())
	}
	n.sessions = n.newSessions()
	if n.repl != nil {
		n.repl.republish, n.repl.publish, n.repl.moveRate = n.publishCluster, n.publish, n.moveRate.Load
	}
	n.publish()
	if n.saver.loading() {
		n.sessions.SetLoading(true)
		store.SetWhole(false) // or a process killed meanwhile would leave a part of the file's entries as if they were all
	}
	if err := errors.Join(n.repl.join(s, n.sessions), n.repl.coordinate(s, o.Version)); err != nil {
		return nil, errors.Join(err, n.repl.close(), n.local.close(), kept.leave())
	}
	if n.server.Server, err = n.newServer(); err != nil {
		return nil, errors.Join(err, n.repl.close(), n.local.close(), kept.leave())
	}
	for _, set := range live {
		set(n, s)
	}
	if n.admin, err = newAdminListener(s, n.sessions, n.server.Server, sec, n.repl, n.topology, o.Log); err != nil {
		return nil, errors.Join(err, n.server.Close(), n.repl.close(), n.local.close(), kept.leave())
	}
	warnReach(s, n.server.Server, n.admin, o.Log)
	return n, nil
}

func storeOptions(n *config.Node) (lru.Options, error) {
	chosen, known := policy.Parse(n.EvictionPolicy)
	if !known && n.EvictionPolicy != "" {
		return lru.Options{}, fmt.Errorf("there is no eviction policy %q", n.EvictionPolicy)
	}
	maxEntries, maxMemory := limitsOf(n)
	lo := lru.Options{MaxEntries: maxEntries, MaxMemory: maxMemory, Policy: chosen, Prefixes: n.StorePrefixes(), LargePages: n.LargePages, Watch: true}
	if n.LocalReads && lru.CanShare {
		lo.Shared = newTableFile
	}
	return lo, nil
}

// newSessions makes the state that all sessions share.
func (n *Node) newSessions() *session.Node {
	c := &n.started.Node
	o := session.Options{
		Store: n.store, Commands: commands.All(), Dialects: commands.Dialects(), ID: c.ID, Version: n.opts.Version, Role: c.Role, Port: firstPort(c.Addresses),
		ConfigFile: n.started.configFile(), Settings: n.server, AllowDebug: c.AllowDebug,
		Users: n.sec.users, ServerMetrics: func() []metric.Reading { return n.server.Metrics() },
	}
	n.repl.options(&o)
	o.Kept = n.kept.info
	if n.saver != nil {
		o.Saver = n.saver
	}
	if n.local != nil {
		o.LocalReads = n.local
	}
	node := session.NewNode(o)
	if n.saver != nil {
		n.saver.requests = node.RequestBytes
	}
	return node
}

// newServer opens the addresses. The server has no limits yet except the number of connections, for which it takes
// descriptors: live sets the others.
func (n *Node) newServer() (*server.Server, error) {
	c := &n.started.Node
	return server.New(server.Options{
		Addresses:      uncovered(c.Addresses, n.opts.Listeners),
		Listeners:      n.opts.Listeners,
		EventLoops:     int(c.EventLoops),
		MaxConnections: int(c.MaxConnections),
		OtherFiles:     otherFiles(n.started),
		SocketMode:     c.UnixSocketMode,
		TLSAddress:     c.TLSAddress,
		TLS:            n.sec.serverTLS(),
		TLSVouched:     vouched(&n.sec.Security),
		Protected:      n.started.guarded(),
		StopTimeout:    n.opts.StopTimeout,
		Logger:         n.log.Logger,
		Node:           n.sessions,
	})
}

// Ready is closed once clients should be sent to the node: it serves, and if it is a secondary it is in step.
func (n *Node) Ready() <-chan struct{} { return n.ready }

// Recovered returns the bytes of its data that the node has read from its snapshot, or received from its group, so far.
func (n *Node) Recovered() int64 { return n.repl.progress() + n.saver.progress() }

// Saving reports whether the node writes a snapshot, and how many bytes it has written.
func (n *Node) Saving() (is bool, bytes int64) {
	return !n.sessions.Saves().Began.IsZero(), n.saver.progress()
}

// StatusLine returns a summary of the node on one line, for a list of services.
func (n *Node) StatusLine() string {
	return statusLine(n.store.Stats(), n.repl)
}

// CheckLoops returns an error if an event loop does not turn before ctx is done.
func (n *Node) CheckLoops(ctx context.Context) error { return n.server.CheckLoops(ctx) }

// Memory reports the budgets and the use that goruntime.Keep needs.
func (n *Node) Memory() goruntime.Use {
	clients := n.server.Stats()
	u := goruntime.Use{
		Store: n.store.Stats().MaxMemory, Beside: n.server.ClientBuffers(),
		Clients: clients.Connections, Buffers: clients.Buffered,
	}
	if n.repl != nil {
		u.Beside += n.started.Node.ReplicationLog
	}
	return u
}

// Addrs returns the addresses of the listeners without TLS, with actual ports.
func (n *Node) Addrs() []net.Addr { return n.server.Addrs() }

// TLSAddr returns the address of the TLS listener; nil: there is none.
func (n *Node) TLSAddr() net.Addr { return n.server.TLSAddr() }

// AdminAddr returns the address of the admin listener; nil: there is none.
func (n *Node) AdminAddr() net.Addr {
	if n.admin == nil {
		return nil
	}
	return n.admin.listener.Addr()
}

// firstPort returns the first TCP port in addresses; 0 if there is none.
func firstPort(addresses []string) int {
	for _, a := range addresses {
		if _, port, err := net.SplitHostPort(a); err == nil && !strings.HasPrefix(a, "unix:") {
			n, _ := strconv.Atoi(port)
			return n
		}
	}
	return 0
}
