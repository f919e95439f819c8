package client

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
)

// fakeSlots are two groups of two nodes, "a" and "b", that answer MOVED where their topology gives a key to the other group.
type fakeSlots struct {
	t     *testing.T
	nodes [2][2]*fakeNode // by group, the primary first
	knows [2][2]atomic.Pointer[fakeTopology]
	busy  atomic.Pointer[string] // the reply to every request with a key; nil: none
	mute  atomic.Bool            // TOPOLOGY is refused
}

// fakeTopology is what one node knows.
type fakeTopology struct {
	document string // the reply to TOPOLOGY
	owner    func(slot int) int
}

// newFakeSlots makes the nodes, which know the topology of only.
func newFakeSlots(t *testing.T) *fakeSlots {
	s := &fakeSlots{t: t}
	for g := range s.nodes {
		for i := range s.nodes[g] {
			f := newFake(t)
			if i > 0 {
				f.role = "replica"
			}
			f.setPlan(func(_ int, args []string) act { return s.plan(f, g, s.knows[g][i].Load(), args) })
			s.nodes[g][i] = f
		}
	}
	s.tell(s.only())
	return s
}

func (s *fakeSlots) plan(f *fakeNode, own int, knows *fakeTopology, args []string) act {
	switch strings.ToUpper(args[0]) {
	case "HELLO": // as a node that knows TOPOLOGY
		return act{reply: "%2\r\n" + bulk("server") + bulk("redis") + bulk("role") + bulk(f.role)}
	case "TOPOLOGY":
		if s.mute.Load() {
			return act{deny: "-NOPERM User u has no permissions to run the 'topology' command\r\n"}
		}
		return act{reply: bulk(knows.document)}
	case "PING", "FLUSHALL", "SCAN", "READONLY":
		return act{}
	}
	if busy := s.busy.Load(); busy != nil {
		return act{deny: *busy}
	}
	slot := ring.Slot(args[1])
	if to := knows.owner(slot); to != own {
		return act{deny: fmt.Sprintf("-MOVED %d %s\r\n", slot, s.nodes[to][0].addr)}
	}
	return act{}
}

// hold makes a node answer requests of a command only after release, with what it has and owns at their arrival.
func (s *fakeSlots) hold(group, at int, cmd string) (release func()) {
	f, wait := s.nodes[group][at], make(chan struct{})
	f.mu.Lock()
	defer f.mu.Unlock()
	plan := f.plan
	f.plan = func(conn int, args []string) act {
		a := plan(conn, args)
		if a.deny == "" && args[0] == cmd {
			if a.until = wait; a.reply == "" {
				a.reply = f.execute(cmd, args)
			}
		}
		return a
	}
	release = sync.OnceFunc(func() { close(wait) })
	s.t.Cleanup(release)
	return release
}

// topology returns what a node knows in a topology with the first groups.
func (s *fakeSlots) topology(version uint64, groups int) *topology.Topology {
	is := &topology.Topology{Version: version}
	for g := range groups {
		name := string(rune('a' + g))
		is.Groups = append(is.Groups, topology.Group{Name: name, Epoch: 1, Leader: name + "0", Followers: []string{name + "1"}})
		for i, f := range s.nodes[g] {
			is.Servers = append(is.Servers, topology.Server{ID: fmt.Sprint(name, i), Group: name, Addresses: []string{f.addr}})
		}
	}
	return is
}

// says returns what a node knows that has this topology and sees these owners.
func (s *fakeSlots) says(is *topology.Topology, owner func(slot int) int) *fakeTopology {
	text, err := json.Marshal(is)
	if err != nil {
		s.t.Fatal(err)
	}
	return &fakeTopology{string(text), owner}
}

// only is the topology in which group a is alone.
func (s *fakeSlots) only() *fakeTopology {
	return s.says(s.topology(1, 1), allA)
}

// both is the topology in which the ring shares the slots out to both groups.
func (s *fakeSlots) both() *fakeTopology {
	return s.says(s.topology(2, 2), s.onRing())
}

// onRing returns the owners of slots by the ring of both groups.
func (s *fakeSlots) onRing() (owner func(slot int) int) {
	r, err := ring.New([]ring.Group{{ID: "a"}, {ID: "b"}})
	if err != nil {
		s.t.Fatal(err)
	}
	at, _ := r.Index("b")
	return func(slot int) int {
		if r.LocateSlot(slot) == at {
			return 1
		}
		return 0
	}
}

// allA and allB are the owners when one group has all slots.
func allA(int) int { return 0 }
func allB(int) int { return 1 }

// assigned is the topology of both groups with a stored assignment.
func (s *fakeSlots) assigned(version uint64, owner func(slot int) int) *fakeTopology {
	is := s.topology(2, 2)
	is.Slots = s.slots(version, owner)
	return s.says(is, owner)
}

func (s *fakeSlots) slots(version uint64, owner func(slot int) int) *topology.Slots {
	names := make([]string, ring.Slots)
	for slot := range names {
		names[slot] = string(rune('a' + owner(slot)))
	}
	return topology.NewSlots(version, names)
}

// push sends what each node knows on all its connections, as a push message.
func (s *fakeSlots) push() {
	for g := range s.nodes {
		for i, f := range s.nodes[g] {
			f.send(">2\r\n" + bulk("topology") + bulk(s.knows[g][i].Load().document))
		}
	}
}

// tell makes all nodes know the topology.
func (s *fakeSlots) tell(is *fakeTopology) {
	for g := range s.knows {
		for i := range s.knows[g] {
			s.knows[g][i].Store(is)
		}
	}
}

// keys returns n keys that the group owns.
func (is *fakeTopology) keys(group, n int) (keys []string) {
	for i := 0; len(keys) < n; i++ {
		if k := fmt.Sprint("key", i); is.owner(ring.Slot(k)) == group {
			keys = append(keys, k)
		}
	}
	return keys
}

// put stores an entry in every node of the group.
func (s *fakeSlots) put(group int, key, value string) {
	for _, f := range s.nodes[group] {
		f.put(key, value)
	}
}

// count returns how many requests of a command all nodes have got.
func (s *fakeSlots) count(cmd string) (n int) {
	for g := range s.nodes {
		for _, f := range s.nodes[g] {
			n += f.count(cmd)
		}
	}
	return n
}

// client returns a client that knows the present topology.
func (s *fakeSlots) client(opts ...Option) *Client {
	s.t.Helper()
	c, err := New(append([]Option{WithSeeds(s.nodes[0][0].addr), WithConnsPerNode(1), WithReadTimeout(10 * time.Second)}, opts...)...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	ready(s.t, c)
	return c
}
