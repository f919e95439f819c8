package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/replica/move/drive"
)

// coordinated connects a node's replication with etcd, which decides who leads. The zero value is for a node without etcd.
type coordinated struct {
	group   string                                   // of this node
	by      atomic.Pointer[coordination.Coordinator] // nil: the config and operators decide
	cut     atomic.Bool                              // no stream may be open
	stream  atomic.Pointer[func()]                   // ends the connection of the latest stream
	fault   atomic.Pointer[error]                    // why the node cannot take part; nil: it can
	end     context.CancelFunc                       // ends the node; set by stay
	leaving atomic.Int64                             // the time.Duration that stay has taken to hand over and to leave
}

// beat returns the interval of the node's heartbeats. With etcd they must be more frequent than failover_after.
func beat(s *Setup) time.Duration {
	if s.File.Coordinated() {
		return min(s.Node.ReplicationHeartbeat, s.File.Coordination.FailoverAfter/4)
	}
	return s.Node.ReplicationHeartbeat
}

// nobody is an id that no server has.
const nobody = ""

// wait gives the member a role until etcd does: that of a secondary, which follows nobody if it knows no other member.
func (r *replication) wait(t *topology.Topology) error {
	g, _ := t.GroupOf(r.id)
	others := g.Others(r.id)
	switch {
	case len(others) == 0: // as a primary it would have a complete copy without entries, and win elections with it
		return r.member.Follow(0, g.Name, nobody, g.Members())
	case g.Leader == r.id:
		return r.member.Follow(0, g.Name, others[0], g.Members())
	}
	return r.member.Follow(0, g.Name, g.Leader, g.Members())
}

// coordinate makes etcd decide who leads, if the config names one.
func (r *replication) coordinate(s *Setup, version string) error {
	if r == nil || !s.File.Coordinated() {
		return nil
	}
	now := r.topology.Now()
	self, _ := now.Server(r.id)
	if s.Addressed && (s.Joined || !slices.ContainsFunc(s.Node.Addresses, wildcard)) {
		self.Addresses = s.Node.Addresses
	}
	c, err := coordination.New(coordination.Options{
		Coordination: s.File.Coordination, Config: now, Version: version, Beat: beat(s), Logger: r.log,
		Self: self, Joined: s.Joined, NewGroup: s.NewGroup, Run: r.sessions.RunID(), OnRing: s.Node.RedisCluster == "off",
		Member: elected{r.member, r}, State: r.state, Entries: func() int64 { n, _ := r.store.Size(); return n },
		Dial: r.reach, Cut: r.cutStream, Changed: r.learn,
		NoGroup: func(groups []string) { r.noGroup(s, self.Group, groups) }, Alone: func(is bool) { r.gate.set(is, r.apply) },
	})
	if err != nil {
		return s.File.Fault("coordination", err.Error(), "give files that the node may read")
	}
	r.coordinated.by.Store(c)
	r.coordinated.group = self.Group
	r.mover = drive.New(drive.Options{
		Group: self.Group, Assignments: c, Node: givingNode{r}, Cache: r.imports.cache, Log: r.effects, Rate: r.moveRate, Logger: r.log,
	})
	r.rebalancer = &rebalancer{topology: r.topology, assignments: c, giving: r.mover.Status}
	r.sessions.Rebalancer = r.rebalancer
	return nil
}

// wildcard reports whether address stands for all addresses of a machine, like 0.0.0.0:31337: others cannot dial it.
func wildcard(address string) bool {
	_, where := config.SplitAddress(address)
	host, _, err := net.SplitHostPort(where)
	ip, _ := netip.ParseAddr(host)
	return err == nil && (host == "" || ip.Unmap().IsUnspecified())
}

// state returns what the member holds, for elections.
func (r *replication) state() coordination.State {
	p, s := r.member.Part()
	if s == nil {
		return coordination.State{Leads: p != nil}
	}
	st := s.Status(r.now())
	return coordination.State{Position: st.Position, Linked: st.Linked, Heard: st.Heard}
}

// learn replaces the topology by that of etcd.
func (r *replication) learn(now *topology.Topology) {
	before := r.topology.Now()
	r.topology.Set(now)
	r.imports.end(now.Moves, r.coordinated.group)
	r.mover.Wake()
	r.reconnect(before, now)
}

// transfer gives the lead to another member in etcd.
func (r *replication) transfer(epoch uint64, to string) (uint64, error) {
	return r.coordinated.by.Load().Transfer(epoch, to)
}

// cutStream closes the stream from the primary and refuses new ones, until it is called with false.
func (r *replication) cutStream(is bool) {
	r.coordinated.cut.Store(is)
	if end := r.coordinated.stream.Load(); is && end != nil {
		(*end)()
	}
}

var errCut = errors.New("this node leaves its primary, which has lost its lease in etcd")

// streamEnded tells the coordinator that a stream from the primary has ended.
func (r *replication) streamEnded() {
	if c := r.coordinated.by.Load(); c != nil {
		c.StreamEnded()
	}
}

// noGroup ends the node, which was to join a group that does not exist.
func (r *replication) noGroup(s *Setup, group string, groups []string) {
	err := fmt.Errorf("there is no group %s in the cluster %s, which has %s: "+
		"correct --group, or add --new-group to found a group, to which keys of all clients move",
		group, s.File.Coordination.Cluster, strings.Join(groups, ", "))
	r.coordinated.fault.Store(&err)
	r.coordinated.end()
}

// failure returns why the node has ended by itself; nil: it has not.
func (r *replication) failure() error {
	if r == nil {
		return nil
	}
	if err := r.coordinated.fault.Load(); err != nil {
		return *err
	}
	return nil
}

// inStep takes the number of secondaries in step. The member calls it.
func (r *replication) inStep(n int) {
	r.backing.setInStep(n)
	if c := r.coordinated.by.Load(); c != nil {
		c.SecondariesChanged()
	}
}

// stay returns a context that ends after ctx, once the node has handed its group over and has left the cluster.
func (r *replication) stay(ctx context.Context) context.Context {
	if r == nil || r.coordinated.by.Load() == nil {
		return ctx
	}
	ctx, r.coordinated.end = context.WithCancel(ctx)
	staying, left := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		began := time.Now()
		r.coordinated.by.Load().Leave()
		r.coordinated.leaving.Store(int64(time.Since(began)))
		left()
	})
	return staying
}

// leaving returns how long the node has taken to hand over and to leave the cluster when it was told to stop.
func (r *replication) leaving() time.Duration {
	if r == nil {
		return 0
	}
	return time.Duration(r.coordinated.leaving.Load())
}
