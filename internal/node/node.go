// Package node composes a node from a config: store, part in its group, server, admin listener. It is used by the daemon
// and by tests, which run nodes in their own process.
package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/goruntime"
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/session"
)

// sampleEvery is how often a node notes its counters, for rates such as operations a second.
const sampleEvery = time.Second

// Options are what New makes a node of.
type Options struct {
	Setup
	Version     string
	Log         *logging.Logger        // required
	Listeners   []net.Listener         // already open: the addresses that they cover are not opened again
	Reread      func() (*Setup, error) // the setup as the config is now, for Reload; nil: it stays
	StopTimeout time.Duration          // how long Run waits for clients to take their replies; 0: the server's default
}

// Node is one server of a topology with all that belongs to it: store, part in its group, listeners, admin listener.
// New makes one, Run serves.
type Node struct {
	opts    Options
	started *Setup // what it was started with
	now     *Setup // what it last took up; for Reload alone

	node   *session.Node
	set    *settings
	store  *lru.Cache
	beside atomic.Int64  // see Memory
	ready  chan struct{} // closed once Run has found the node ready
	repl   *replication
	sec    *security
	ops    *operators
	log    *logging.Logger
}

// New opens everything that the node needs, its addresses included, and reads the files that the config names. An error
// about the config is a *config.Error or config.Errors. Run must be called to give it all back.
func New(o Options) (*Node, error) {
	s := &o.Setup
	if err := s.checkSockets(o.Listeners); err != nil {
		return nil, err
	}
	sec, err := newSecurity(s, o.Log.Logger)
	if err != nil {
		return nil, err
	}
	store, err := lru.New(lru.Options{MaxEntries: s.Node.MaxSize, MaxMemory: s.Node.MaxMemory})
	if err != nil {
		return nil, fmt.Errorf("make the store: %w", err)
	}
	n := &Node{opts: o, started: s, now: s, store: store, sec: sec, log: o.Log, set: &settings{log: o.Log}, ready: make(chan struct{})}
	n.beside.Store(budgets(&s.Node))
	if n.repl, err = newReplication(s, store, sec, o.Log); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	n.node = n.newSessions()
	if n.set.Server, err = n.newServer(); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	if n.ops, err = newOperators(s, n.node, n.set.Server, sec, n.repl, o.Log); err != nil {
		return nil, errors.Join(err, n.set.Close(), store.Close())
	}
	warnReach(s, n.set.Server, n.ops, o.Log)
	return n, nil
}

// newSessions makes what sessions share.
func (n *Node) newSessions() *session.Node {
	c := &n.started.Node
	o := session.Options{
		Store: n.store, ID: c.ID, Version: n.opts.Version, Role: c.Role, Port: firstPort(c.Addresses),
		ConfigFile: n.started.configFile(), Settings: n.set, AllowDebug: c.AllowDebug,
		Users: n.sec.users, Disabled: n.sec.Disabled,
	}
	n.repl.options(&o)
	node := session.NewNode(o)
	if n.repl != nil {
		n.repl.traffic = node.Traffic
	}
	node.SetLoading(n.repl.loading())
	return node
}

func (n *Node) newServer() (*server.Server, error) {
	c := &n.started.Node
	return server.New(server.Options{
		Addresses:      uncovered(c.Addresses, n.opts.Listeners),
		Listeners:      n.opts.Listeners,
		EventLoops:     int(c.EventLoops),
		MaxConnections: int(c.MaxConnections),
		OtherFiles:     otherFiles(n.started),
		PerAddress:     n.sec.PerAddress,
		RatePerSecond:  n.sec.RatePerSecond,
		SocketMode:     c.UnixSocketMode,
		TLSAddress:     c.TLSAddress,
		TLS:            n.sec.serverTLS(),
		TLSVouched:     vouched(&n.sec.Security),
		Protected:      n.started.guarded(),
		IdleTimeout:    c.IdleTimeout,
		KeepAlive:      c.TCPKeepAlive,
		ClientBuffers:  c.ClientBuffers,
		StopTimeout:    n.opts.StopTimeout,
		Logger:         n.log.Logger,
		Node:           n.node,
	})
}

// Run serves until ctx is done, and then until the secondaries have what clients were told is done.
func (n *Node) Run(ctx context.Context) error {
	serving, stopServing := context.WithCancel(ctx)
	defer stopServing()
	// Replication outlasts the serving: what clients were told is done last of all must reach the secondaries.
	replicating, stopReplicating := context.WithCancel(context.WithoutCancel(ctx))
	defer stopReplicating()
	replicated := make(chan struct{})
	go func() {
		defer close(replicated)
		n.repl.run(replicating)
	}()
	go n.announce(serving)
	go sample(serving, n.node)
	go n.ops.run(serving)
	go n.sec.watch(serving, n.log)
	err := n.set.Run(ctx)
	n.settle()
	stopReplicating()
	<-replicated
	return errors.Join(err, n.store.Close())
}

// Ready is closed once the node is worth being sent clients, which is never before it serves: a secondary may serve
// before it is in step with its primary, but is not ready.
func (n *Node) Ready() <-chan struct{} { return n.ready }

// Recovered is how many bytes of its group's data the node has taken so far.
func (n *Node) Recovered() int64 { return n.repl.progress() }

// StatusLine is what an operator sees of the node in a list of services.
func (n *Node) StatusLine() string {
	return statusLine(n.started.Node.Role, n.store.Stats(), n.repl)
}

// CheckLoops returns an error if an event loop does not answer before ctx is done.
func (n *Node) CheckLoops(ctx context.Context) error { return n.set.CheckLoops(ctx) }

// Memory is what decides how much of Go's memory the node may and does take.
func (n *Node) Memory() goruntime.Use {
	clients := n.set.Stats()
	return goruntime.Use{
		Store: n.store.Stats().MaxMemory, Beside: n.beside.Load(),
		Clients: clients.Connections, Buffers: clients.Buffered,
	}
}

// Addrs are the addresses at which clients are served without TLS, with ports filled in.
func (n *Node) Addrs() []net.Addr { return n.set.Addrs() }

// TLSAddr is the address at which clients are served with TLS; nil: there is none.
func (n *Node) TLSAddr() net.Addr { return n.set.TLSAddr() }

// AdminAddr is the address of the admin listener; nil: there is none.
func (n *Node) AdminAddr() net.Addr {
	if n.ops == nil {
		return nil
	}
	return n.ops.listener.Addr()
}

// settle waits until the secondaries have what clients were told is done, and says how that went: whoever gives the group
// another primary has to know.
func (n *Node) settle() {
	if n.repl == nil || n.repl.primary == nil {
		return
	}
	offset, secondaries := n.repl.Offset(), n.repl.Acked(0)
	fields := []zap.Field{zap.Uint64("offset", offset), zap.Int("secondaries_in_step", secondaries)}
	if n.repl.settle(settleTimeout) {
		n.log.Info("the secondaries in step have every write", fields...)
	} else {
		n.log.Warn("stopping although a secondary lacks the last writes: it did not take them in time", append(fields, zap.Duration("after", settleTimeout))...)
	}
}

// announce serves clients as soon as that is allowed, and then waits until the node is ready.
func (n *Node) announce(ctx context.Context) {
	select {
	case <-n.repl.serving():
		n.node.SetLoading(false)
		n.logServing()
	case <-ctx.Done():
		return
	}
	select {
	case <-n.repl.ready():
		close(n.ready)
	case <-ctx.Done():
	}
}

// settings is what CONFIG reaches of the running node.
type settings struct {
	*server.Server
	log *logging.Logger
}

func (s *settings) LogLevel() string               { return s.log.Level() }
func (s *settings) SetLogLevel(level string) error { return s.log.SetLevel(level) }

// RejectedConnections is the number of connections refused because there were too many.
func (s *settings) RejectedConnections() int64 { return s.Stats().Rejected }

// Closed counts the connections that the server closed.
func (s *settings) Closed() session.Closed {
	st := s.Stats()
	return session.Closed{
		Backlog: st.ClosedBacklog, ClientBuffers: st.ClosedClientBuffers,
		Idle: st.ClosedIdle, Unsent: st.ClosedUnsent, Panics: st.ClosedPanic,
	}
}

// ReadsAndWrites are the system calls on sockets so far.
func (s *settings) ReadsAndWrites() (reads, writes int64) {
	st := s.Stats()
	return st.Reads, st.Writes
}

// budgets are the bytes that what a node keeps beside its store may take.
func budgets(n *config.Node) int64 {
	sum := n.ClientBuffers
	if len(n.Secondaries) > 0 {
		sum += n.ReplicationLog
	}
	return sum
}

// sample notes the node's counters once a second until ctx is done.
func sample(ctx context.Context, node *session.Node) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			node.Sample()
		}
	}
}

// firstPort is the first TCP port of addresses, 0 if there is none.
func firstPort(addresses []string) int {
	for _, a := range addresses {
		if _, port, err := net.SplitHostPort(a); err == nil && !strings.HasPrefix(a, "unix:") {
			n, _ := strconv.Atoi(port)
			return n
		}
	}
	return 0
}

// logServing is the one line that says what the node is.
func (n *Node) logServing() {
	var addresses []string
	for _, a := range n.set.Addrs() {
		addresses = append(addresses, showAddress(a))
	}
	if a := n.set.TLSAddr(); a != nil {
		addresses = append(addresses, "tls://"+a.String())
	}
	c, st := &n.started.Node, n.store.Stats()
	n.log.Info("serving: Ready to accept connections",
		zap.String("address", strings.Join(addresses, " ")),
		zap.String("role", c.Role),
		zap.String("group", c.Group),
		zap.String("max_size", budget(st.MaxEntries, strconv.FormatInt(st.MaxEntries, 10))),
		zap.String("max_memory", budget(st.MaxMemory, config.FormatSize(st.MaxMemory))),
		zap.Int("event_loops", n.set.EventLoops()),
		zap.String("version", n.opts.Version),
	)
}

// showAddress writes an address as a config would.
func showAddress(a net.Addr) string {
	if a.Network() == "unix" {
		return "unix://" + a.String()
	}
	return a.String()
}

// budget shows a budget, of which zero means that there is none.
func budget(n int64, text string) string {
	if n == 0 {
		return "unlimited"
	}
	return text
}
