package coordination

import (
	"context"
	"errors"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc"

	"github.com/cachegopher/cachegopher/internal/etcdtest"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// pair is two groups, a and b, of one member each.
type pair struct {
	*world
	a, b *fake
}

func newPair(t *testing.T) *pair { return newPairWith(t, nil, 0) }

// newPairWith passes the calls of a to etcd through calls. Both stores begin with some entries.
func newPairWith(t *testing.T, calls grpc.UnaryClientInterceptor, entries int64) *pair {
	p := &pair{world: worldOf(t, etcdtest.Start(t))}
	p.holding.Store(entries)
	p.bear()
	p.calls = calls
	p.a = p.group("a")
	p.calls = nil
	p.b = p.group("b")
	p.eventually("both lead", func() bool { return p.a.writable() && p.b.writable() })
	return p
}

// group starts the member of a group.
func (p *pair) group(id string) *fake {
	conf := new(topology.Topology)
	for _, id := range []string{"a", "b"} {
		conf.Groups = append(conf.Groups, topology.Group{Name: id, Leader: id})
		conf.Servers = append(conf.Servers, topology.Server{ID: id, Group: id, Addresses: []string{id + ":1"}})
	}
	w := worldOf(p.t, p.etcd)
	w.conf, w.calls = p.conf, p.calls
	f := &fake{w: w, id: id, up: true}
	self, _ := conf.Server(id)
	w.holding.Store(p.holding.Load())
	w.nodes[id] = f // before the coordinator asks it
	w.launch(f, self, conf, false)
	return f
}

// found gives a an entry, and waits until both know who owns the slots.
func (p *pair) found() topology.Slots {
	p.t.Helper()
	p.a.w.holding.Store(1)
	p.eventually("the assignment is stored", func() bool { return p.a.c.Assignment().Slots != nil && p.b.c.Assignment().Slots != nil })
	return *p.a.c.Assignment().Slots
}

// owned returns how many slots a member knows to be the group's, by the topology that it has published.
func (p *pair) owned(f *fake, group string) (n int) {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	if f.topology == nil || f.topology.Slots == nil {
		return 0
	}
	for _, owner := range f.topology.Slots.ByName() {
		if owner == group {
			n++
		}
	}
	return n
}

// some returns the first n slots that a group owns.
func some(s *topology.Slots, group string, n int) topology.SlotRanges {
	owners := s.ByName()
	return topology.RangesOf(func(slot int) bool {
		if owners[slot] != group || n == 0 {
			return false
		}
		n--
		return true
	})
}

// moving has a begin to move 100 slots to b, and returns the move.
func (p *pair) moving() (m topology.Move, to Taker) {
	p.t.Helper()
	s := p.found()
	p.start(p.a, []topology.Move{{From: "a", To: "b", Ranges: some(&s, "a", 100)}})
	p.eventually("b's primary is known", func() bool { _, led := p.a.c.Taker("b"); return led })
	to, _ = p.a.c.Taker("b")
	return p.a.c.Assignment().Moves[0], to
}

// over ends all moves, and waits until a knows who leads.
func (p *pair) over(etcd *clientv3.Client) {
	p.t.Helper()
	p.eventually("the moves are over", func() bool {
		_, err := p.a.c.Cancel(p.t.Context())
		for _, m := range p.inEtcd(etcd).Removing {
			err = errors.Join(err, p.a.c.Removed(p.t.Context(), m.ID))
		}
		return err == nil
	})
	for _, group := range []string{"a", "b"} {
		key, err := etcd.Get(p.t.Context(), keysOf("test").primary(group))
		if err != nil || len(key.Kvs) != 1 {
			p.t.Fatalf("%v, %v", key, err)
		}
		p.eventually("the primaries are known", func() bool { is, led := p.a.c.Taker(group); return led && is.revision >= key.Kvs[0].ModRevision })
	}
}

// start starts moves, from the assignment that f knows.
func (p *pair) start(f *fake, moves []topology.Move) {
	p.t.Helper()
	p.eventually("the moves are started", func() bool {
		err := f.c.Start(p.t.Context(), f.c.Assignment().Slots.Version, moves)
		if err != nil && !errors.Is(err, ErrChanged) && !errors.Is(err, errOffline) {
			p.t.Fatal(err)
		}
		return err == nil
	})
}

// touch gives the key of a group's primary another revision, as another primary's would have.
func (p *pair) touch(c *clientv3.Client, group string) {
	if _, err := c.Put(context.Background(), keysOf("test").primary(group), "", clientv3.WithIgnoreValue(), clientv3.WithIgnoreLease()); err != nil {
		p.t.Error(err)
	}
}

// inEtcd returns the assignment that etcd has.
func (p *pair) inEtcd(c *clientv3.Client) (is slotsRecord) {
	p.t.Helper()
	answer, err := c.Get(p.t.Context(), keysOf("test").slots())
	v := newView()
	if err != nil || len(answer.Kvs) != 1 || v.apply(keysOf("test"), answer.Kvs[0], false) != nil {
		p.t.Fatalf("etcd has %v, %v", answer, err)
	}
	return v.slots
}

// holds checks the owners and the lists of an assignment in which a move is done or not.
func (p *pair) holds(when string, a *Assignment, m *topology.Move, done bool) {
	p.t.Helper()
	owner, moves, removing := m.From, 1, 0
	if done {
		owner, moves, removing = m.To, 0, 1
	}
	if !a.Slots.OwnedBy(owner, m.Ranges) || len(a.Moves) != moves || len(a.Removing) != removing {
		p.t.Errorf("%s: done: %v; owned by %s: %v; %d moves, %d to be removed", when, done, owner, a.Slots.OwnedBy(owner, m.Ranges), len(a.Moves), len(a.Removing))
	}
}
