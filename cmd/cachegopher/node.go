package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/session"
)

// sampleEvery is how often a node notes its counters, for rates such as operations a second.
const sampleEvery = time.Second

// newNode builds the node that s describes. run serves until its context ends, reload takes up
// what has changed.
func newNode(s *selection, log *logging.Logger) (run func(context.Context) error, reload func() error, err error) {
	n := s.node
	listeners, err := inherited()
	if err != nil {
		return nil, nil, err
	}
	if err := s.checkSockets(listeners); err != nil {
		return nil, nil, err
	}
	sec, err := newSecurity(s, log.Logger)
	if err != nil {
		return nil, nil, err
	}
	store, err := lru.New(lru.Options{MaxEntries: n.MaxSize, MaxMemory: n.MaxMemory})
	if err != nil {
		return nil, nil, fmt.Errorf("make the store: %w", err)
	}
	memory := newHeap(budgets(&n))
	memory.fit(store.Stats().MaxMemory, log)
	repl, err := newReplication(s, store, sec, log)
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	set := &settings{log: log}
	options := session.Options{
		Store: store, ID: n.ID, Version: version, Role: n.Role, Port: firstPort(n.Addresses),
		ConfigFile: configFile(s), Settings: set, AllowDebug: n.AllowDebug,
		Users: sec.users, Disabled: sec.Disabled,
	}
	repl.options(&options)
	node := session.NewNode(options)
	if repl != nil {
		repl.traffic = node.Traffic
	}
	node.SetLoading(repl.loading())
	set.Server, err = server.New(server.Options{
		Addresses:      uncovered(n.Addresses, listeners),
		Listeners:      listeners,
		EventLoops:     int(n.EventLoops),
		MaxConnections: int(n.MaxConnections),
		OtherFiles:     otherFiles(s),
		PerAddress:     sec.PerAddress,
		RatePerSecond:  sec.RatePerSecond,
		SocketMode:     n.UnixSocketMode,
		TLSAddress:     n.TLSAddress,
		TLS:            sec.serverTLS(),
		TLSVouched:     vouched(&sec.Security),
		Protected:      s.guarded(),
		IdleTimeout:    n.IdleTimeout,
		KeepAlive:      n.TCPKeepAlive,
		ClientBuffers:  n.ClientBuffers,
		Logger:         log.Logger,
		Node:           node,
	})
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	ops, err := newOperators(s, node, set.Server, sec, repl, log)
	if err != nil {
		return nil, nil, errors.Join(err, set.Close(), store.Close())
	}
	warnReach(s, set.Server, ops, log)
	r := &running{started: s, now: s, n: &n, node: node, set: set, store: store, memory: memory, repl: repl, sec: sec, ops: ops, log: log}
	return r.run, r.reload, nil
}

// running is a node that has been built, with all that works for it while it runs.
type running struct {
	started *selection // what it was started with
	now     *selection // what it last took up; for reload alone

	n      *config.Node
	node   *session.Node
	set    *settings
	store  *lru.Cache
	memory *heap
	repl   *replication
	sec    *security
	ops    *operators
	log    *logging.Logger
}

// run serves until ctx is done, and then until the secondaries have what clients were told is done.
func (r *running) run(ctx context.Context) error {
	sampling, stopSampling := context.WithCancel(ctx)
	defer stopSampling()
	// Replication outlasts the serving: what clients were told is done last of all must reach the secondaries.
	replicating, stopReplicating := context.WithCancel(context.WithoutCancel(ctx))
	defer stopReplicating()
	replicated := make(chan struct{})
	go func() {
		defer close(replicated)
		r.repl.run(replicating)
	}()
	go r.announce(sampling)
	tidy := newTidier()
	go sample(sampling, r.node, func() {
		r.memory.fit(r.store.Stats().MaxMemory, r.log)
		clients := r.set.Stats()
		tidy.tick(clients.Connections, clients.Buffered, time.Now())
	})
	go r.ops.run(sampling)
	go r.sec.watch(sampling, r.log)
	go guardLoops(sampling, r.set.Server, r.log)
	go extendStart(sampling, r.repl.ready(), r.repl.progress, extendEvery)
	go tellStatus(sampling, func() string { return statusLine(r.n.Role, r.store.Stats(), r.repl) })
	err := r.set.Run(ctx)
	r.settle()
	stopReplicating()
	<-replicated
	return errors.Join(err, r.store.Close())
}

// settle waits until the secondaries have what clients were told is done, and says how that went: whoever gives the group
// another primary has to know.
func (r *running) settle() {
	if r.repl == nil || r.repl.primary == nil {
		return
	}
	offset, secondaries := r.repl.Offset(), r.repl.Acked(0)
	fields := []zap.Field{zap.Uint64("offset", offset), zap.Int("secondaries_in_step", secondaries)}
	if r.repl.settle(settleTimeout) {
		r.log.Info("the secondaries in step have every write", fields...)
	} else {
		r.log.Warn("stopping although a secondary lacks the last writes: it did not take them in time", append(fields, zap.Duration("after", settleTimeout))...)
	}
}

// announce serves clients as soon as that is allowed, and tells the service manager once the node is ready.
func (r *running) announce(ctx context.Context) {
	select {
	case <-r.repl.serving():
		r.node.SetLoading(false)
		logServing(r.log, r.n, r.set.Server, r.store.Stats())
	case <-ctx.Done():
		return
	}
	select {
	case <-r.repl.ready():
		notifyReady()
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

// sample notes the node's counters, and calls also, once a second until ctx is done.
func sample(ctx context.Context, node *session.Node, also func()) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			node.Sample()
			also()
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

func configFile(s *selection) string {
	if s.file == nil {
		return ""
	}
	return s.file.Path
}

// logServing is the one line that says what the node is.
func logServing(log *logging.Logger, n *config.Node, srv *server.Server, st lru.Stats) {
	var addresses []string
	for _, a := range srv.Addrs() {
		addresses = append(addresses, showAddress(a))
	}
	if a := srv.TLSAddr(); a != nil {
		addresses = append(addresses, "tls://"+a.String())
	}
	log.Info("serving: Ready to accept connections",
		zap.String("address", strings.Join(addresses, " ")),
		zap.String("role", n.Role),
		zap.String("group", n.Group),
		zap.String("max_size", budget(st.MaxEntries, strconv.FormatInt(st.MaxEntries, 10))),
		zap.String("max_memory", budget(st.MaxMemory, config.FormatSize(st.MaxMemory))),
		zap.Int("event_loops", srv.EventLoops()),
		zap.String("version", version),
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
