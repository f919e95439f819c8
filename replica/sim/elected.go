package sim

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/replica"
)

func (w *world) server(n *node) topology.Server {
	return topology.Server{ID: n.id, Group: "g", Addresses: []string{n.id}}
}

// configOf returns the topology of a node's config: a node that joins knows only itself, and nobody else knows it.
func (w *world) configOf(n *node) *topology.Topology {
	t := &topology.Topology{Groups: []topology.Group{{Name: "g"}}}
	g := &t.Groups[0]
	for _, x := range w.nodes {
		if x.joins != n.joins || n.joins && x != n {
			continue
		}
		t.Servers = append(t.Servers, w.server(x))
		if x.index == 0 {
			g.Leader = x.id
		} else {
			g.Followers = append(g.Followers, x.id)
		}
	}
	return t
}

// state does what the function of this name in package node does.
func (n *node) state() coordination.State {
	p, s := n.member.Part()
	if s == nil {
		return coordination.State{Leads: p != nil}
	}
	st := s.Status(n.now())
	if n.w.mutation == StandsBeside {
		return coordination.State{Position: st.Position, Heard: time.Hour}
	}
	return coordination.State{Position: st.Position, Linked: st.Linked, Heard: st.Heard}
}

// reach finds out whether a process listens at another node's address: the one called run or, if run is empty, any.
func (n *node) reach(_ context.Context, to topology.Server, run string) error {
	w := n.w
	peer := w.nodes[slices.Index(w.ids(), to.ID)]
	if !w.sleep(w.upTo(w.params.delay)) {
		return context.Canceled
	}
	if w.blocked[[2]int{n.index, peer.index}] || w.blocked[[2]int{peer.index, n.index}] {
		w.sleep(leaseTime / 4)
		return errTimeout
	}
	if peer.alive && peer.stopped() {
		w.sleep(leaseTime / 4)
		return errTimeout
	}
	if !peer.alive || run != "" && run != peer.String() {
		return &coordination.RefusedError{Err: errRefused}
	}
	return nil
}

var errCut = errors.New("this node leaves its primary")

// cutStream with true closes the stream from the primary, and refuses others until it is called with false.
func (n *node) cutStream(is bool) {
	n.elector.cut = is
	for _, c := range slices.Clone(n.w.conns) {
		if is && c.server.n == n && c.server.stream != nil {
			c.close()
		}
	}
}

// refusesStreams answers a stream while the node has cut itself off.
func (a *acceptor) refusesStreams() bool {
	if a.n.elector == nil || !a.n.elector.cut {
		return false
	}
	a.refuse(string(wire.Error(nil, "ERR ", errCut.Error())), errCut)
	return true
}

// electedMember is the member as its coordinator sees it, during one run of the node.
type electedMember struct {
	*replica.Member
	n   *node
	run int
}

func (m *electedMember) gone() bool { return !m.n.alive || m.n.run != m.run }

func (m *electedMember) took(err error) error {
	m.n.turn()
	if m.n.primary != nil {
		m.n.drive() // it may have other secondaries
	}
	m.n.woken()
	return err
}

func (m *electedMember) Lead(epoch uint64, group string, secondaries []string) error {
	if m.gone() {
		return nil
	}
	m.n.w.note("%s is to lead in epoch %d with %v", m.n, epoch, secondaries)
	return m.took(m.Member.Lead(epoch, group, secondaries))
}

func (m *electedMember) Follow(epoch uint64, group, primary string, members []string) error {
	if m.gone() {
		return nil
	}
	return m.took(m.Member.Follow(epoch, group, primary, members))
}

func (m *electedMember) Leadership() (epoch uint64, primary string) {
	switch epoch, primary = m.Member.Leadership(); m.n.w.mutation {
	case ForgetsEpochs:
		return 0, ""
	case NobodyLags:
		return max(epoch, m.n.w.etcd.epoch()), primary
	}
	return epoch, primary
}

// HandOver is called when the node's process is to end.
func (m *electedMember) HandOver(to string, done func(error)) {
	m.Member.HandOver(to, done)
	m.n.woken()
}

// Confirm is called with false by a secondary that is about to leave its primary.
func (m *electedMember) Confirm(is bool) {
	if m.n.w.mutation != LeftCount {
		m.Member.Confirm(is)
	}
}

func (m *electedMember) Following(since time.Duration) replica.Following {
	f := m.Member.Following(since)
	if m.n.w.mutation == LeftCount {
		f.Connected = f.All
	}
	return f
}
