package node

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/server/session"
)

// sampleEvery is the interval at which a node samples its counters, for rates such as operations per second.
const sampleEvery = time.Second

// Run serves until ctx is done. It then waits, within limits, until clients have their replies and the secondaries in step
// have every acknowledged write. It may be called once.
func (n *Node) Run(ctx context.Context) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	serving, stopServing := context.WithCancel(ctx)
	defer stopServing()
	staying := n.repl.stay(ctx)
	// Replication continues after serving ends: the last acknowledged writes must reach the secondaries.
	replicating, stopReplicating := context.WithCancel(context.WithoutCancel(ctx))
	defer stopReplicating()
	replicated := make(chan struct{})
	var restored error
	go func() {
		defer close(replicated)
		if restored = n.restore(serving); restored != nil {
			end()
			return
		}
		n.repl.run(replicating)
	}()
	go n.announce(serving)
	go sample(serving, n.sessions)
	go n.kept.notes(serving, n.repl)
	go n.admin.run(serving)
	go n.sec.watch(serving, n.log)
	go n.repl.watch(serving, n.opts.Topology)
	go n.topology.Watch(serving, n.publish)
	err := n.server.Serve(staying)
	err = errors.Join(err, n.stop())
	stopReplicating()
	<-replicated
	if errors.Is(restored, context.Canceled) {
		restored = nil // told to stop meanwhile
	}
	return errors.Join(err, restored, n.repl.failure(), n.saver.finish(n.wasReady()), n.local.close(), n.closeStore())
}

// closeStore ends the use of the store, and leaves it to the next process if memory is kept. A member of a group says itself how
// much of its data the store has.
func (n *Node) closeStore() error {
	held := func() replica.Kept {
		if n.repl == nil {
			return replica.Kept{}
		}
		return n.repl.member.Leave()
	}
	return errors.Join(n.kept.close(!n.saver.loading(), held), n.repl.close())
}

// restore reads the snapshot, if the start does that, before the node takes its part in a group or serves clients.
func (n *Node) restore(ctx context.Context) error {
	if !n.saver.loading() {
		return nil
	}
	if err := n.saver.restore(ctx); err != nil {
		return err
	}
	n.store.SetWhole(true)
	if n.repl == nil {
		n.sessions.SetLoading(false) // before the log says that the node serves
		n.saver.setLoaded()
		return nil
	}
	n.saver.setLoaded()
	return n.repl.begin(n.saver.written)
}

// wasReady reports whether the node has ever been ready, so that its store has all of its data.
func (n *Node) wasReady() bool {
	select {
	case <-n.ready:
		return true
	default:
		return false
	}
}

// announce lets clients in once replication allows it, and closes n.ready once the node is ready.
func (n *Node) announce(ctx context.Context) {
	for _, may := range []<-chan struct{}{n.saver.isLoaded(), n.repl.alone(), n.repl.served()} {
		select {
		case <-may:
		case <-ctx.Done():
			return
		}
	}
	n.logServing()
	select {
	case <-n.repl.ready():
		close(n.ready)
	case <-ctx.Done():
	}
}

// sample samples the node's counters until ctx is done.
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

// logServing logs the node's addresses, role, limits and version.
func (n *Node) logServing() {
	var addresses []string
	for _, a := range n.server.Addrs() {
		addresses = append(addresses, showAddress(a))
	}
	if a := n.server.TLSAddr(); a != nil {
		addresses = append(addresses, "tls://"+a.String())
	}
	c, st := &n.started.Node, n.store.Stats()
	n.log.Info("serving: Ready to accept connections",
		zap.String("address", strings.Join(addresses, " ")),
		zap.String("role", n.role()),
		zap.String("group", c.Group),
		zap.String("max_size", budget(st.MaxEntries, strconv.FormatInt(st.MaxEntries, 10))),
		zap.String("max_memory", budget(st.MaxMemory, config.FormatSize(st.MaxMemory))),
		zap.Int("event_loops", n.server.EventLoops()),
		zap.String("version", n.opts.Version),
	)
}

// role returns the node's present role, as a config would write it.
func (n *Node) role() string {
	switch {
	case n.repl == nil:
		return n.started.Node.Role
	case n.repl.member.Leads():
		return config.Primary
	}
	return config.Secondary
}

// showAddress writes an address as a config would.
func showAddress(a net.Addr) string {
	if a.Network() == "unix" {
		return "unix://" + a.String()
	}
	return a.String()
}

// budget returns text, or "unlimited" if n is zero.
func budget(n int64, text string) string {
	if n == 0 {
		return "unlimited"
	}
	return text
}
