package client

import (
	"context"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// owns reports whether the client sends the requests of key to the group.
func (c *Client) owns(group, key string) bool {
	_, g := c.Locate(key)
	return g.ID == group
}

// TestAssignment: a stored assignment of slots takes precedence over the ring, also in a client with a config, and the one
// with the highest version over others. Idle clients learn of it by pushes.
func TestAssignment(t *testing.T) {
	for name, client := range map[string]func(s *fakeSlots) *Client{
		"seeds": func(s *fakeSlots) *Client { return s.client() },
		"config": func(s *fakeSlots) *Client {
			cfg := Config{}
			for g, id := range []string{"a", "b"} {
				cfg.Groups = append(cfg.Groups, Group{ID: id, Members: []Member{
					{ID: id + "0", Address: s.nodes[g][0].addr}, {ID: id + "1", Address: s.nodes[g][1].addr}}})
			}
			c := newClientOf(s.t, cfg, WithConnsPerNode(1))
			ready(s.t, c)
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFakeSlots(t)
			is := s.assigned(1, allA)
			s.tell(is)
			c, key := client(s), s.both().keys(1, 1)[0]
			testkit.Eventually(t, "the assignment decides", func() bool { return c.owns("a", key) })
			s.put(0, key, "7")
			s.put(1, key, "7")
			ctx := testkit.Within(t, 20*time.Second)
			asked := s.count("TOPOLOGY")
			read := func(group int) {
				t.Helper()
				before := s.nodes[group][0].count("GET") + s.nodes[group][1].count("GET")
				if v, err := c.Get(ctx, key); err != nil || string(v) != "7" {
					t.Errorf("%q, %v", v, err)
				}
				if n := s.nodes[group][0].count("GET") + s.nodes[group][1].count("GET") - before; n != 1 {
					t.Errorf("group %d was asked %d times", group, n)
				}
			}
			read(0)
			s.tell(s.assigned(3, allB))
			s.push()
			testkit.Eventually(t, "the pushed assignment is in force", func() bool { return c.owns("b", key) })
			read(1)
			for g := range 2 { // members that know it later
				s.knows[g][1].Store(is)
			}
			s.push()
			time.Sleep(20 * time.Millisecond)
			if !c.owns("b", key) {
				t.Error("an assignment of a lower version is in force")
			}
			if n := s.count("TOPOLOGY") - asked; n > 0 {
				t.Errorf("the topology was asked for %d times", n)
			}
		})
	}
}

// TestOlderTopology: whatever the order in which topologies arrive, the later owners of slots stay in force, and the leaders of later
// epochs.
func TestOlderTopology(t *testing.T) {
	for name, replaces := range map[string]bool{"an answer": false, "a push": true} {
		t.Run(name, func(t *testing.T) {
			s := newFakeSlots(t)
			older := s.assigned(2, allA)
			later := s.topology(2, 2)
			later.Slots = s.slots(3, allB)
			later.Groups[0] = topology.Group{Name: "a", Epoch: 5, Leader: "a1", Followers: []string{"a0"}}
			s.tell(s.says(later, allB))
			c := s.client()
			for _, document := range []string{s.says(later, allB).document, older.document} {
				c.learn([]byte(document), replaces)
				if leader := c.topology.Load().groups[0].writer().id; !c.owns("b", "key") || leader != "a1" {
					t.Errorf("the slots belong to b: %v; %s leads a", c.owns("b", "key"), leader)
				}
			}
		})
	}
}

// TestSameEpochAgain: a member that has taken a write in place of the primary that the topology names stays the one that
// writes go to, until a topology of a later epoch arrives.
func TestSameEpochAgain(t *testing.T) {
	s := newFakeSlots(t)
	named := func(version, epoch uint64, leader string) *topology.Topology {
		known := s.topology(2, 2)
		known.Slots = s.slots(version, allA)
		known.Groups[0] = topology.Group{Name: "a", Epoch: epoch, Leader: leader, Followers: []string{"a0"}}
		return known
	}
	s.tell(s.says(named(2, 5, "a1"), allA))
	c := s.client()
	for _, step := range []struct {
		does     string
		topology *topology.Topology // nil: a0 takes a write
		want     string
	}{
		{"epoch 5 names a1", named(2, 5, "a1"), "a1"},
		{"a0 takes a write in place of a1", nil, "a0"},
		{"a later version of the slots with epoch 5", named(3, 5, "a1"), "a0"},
		{"epoch 6 names a1", named(3, 6, "a1"), "a1"},
	} {
		if step.topology == nil {
			c.topology.Load().groups[0].primary.Store(0)
		} else {
			c.learn([]byte(s.says(step.topology, allA).document), true)
		}
		if leader := c.topology.Load().groups[0].writer().id; leader != step.want {
			t.Errorf("%s: writes go to %s, want %s", step.does, leader, step.want)
		}
		if err := c.Reload(); err != nil {
			t.Fatal(err)
		}
		if leader := c.topology.Load().groups[0].writer().id; leader != step.want {
			t.Errorf("%s, and the config is read again: writes go to %s, want %s", step.does, leader, step.want)
		}
	}
}

// TestLoadAcrossAMove: a value whose load was under way during the move is stored at the new owner.
func TestLoadAcrossAMove(t *testing.T) {
	s := newFakeSlots(t)
	s.tell(s.assigned(1, allA))
	c, is := s.client(), s.assigned(2, s.onRing())
	key := is.keys(1, 1)[0]
	ctx := testkit.Within(t, 20*time.Second)
	v, err := c.GetOrLoad(ctx, key, time.Hour, func(context.Context) ([]byte, error) {
		s.tell(is)
		return []byte("loaded"), nil
	})
	if err != nil || string(v) != "loaded" {
		t.Fatalf("%q, %v", v, err)
	}
	if v, ok := s.nodes[1][0].get(key); !ok || v != "loaded" {
		t.Errorf("the new owner has %q, %v", v, ok)
	}
	if v, ok := s.nodes[0][0].get(key); ok {
		t.Errorf("the old owner has %q", v)
	}
}

// TestHedgedReadAcrossAMove: the first member does not answer, and the second, the primary, answers MOVED. The read goes to the
// new owner at once.
func TestHedgedReadAcrossAMove(t *testing.T) {
	s := newFakeSlots(t)
	old, is := s.assigned(1, allA), s.assigned(2, s.onRing())
	s.tell(old)
	c := s.client(WithHedgedReads())
	key := is.keys(1, 1)[0]
	s.put(1, key, "new")
	silent := s.nodes[0][1]
	s.hold(0, 1, "GET")
	s.tell(is)
	s.knows[0][1].Store(old)
	for silent.count("GET") == 0 {
		c.follow.mu.Lock()
		c.follow.known = nil // forget what the previous read has taught
		c.follow.mu.Unlock()
		c.learn([]byte(old.document), true)
		for _, n := range c.topology.Load().nodes {
			n.latency.p95.Store(int64(time.Millisecond))
		}
		c.hedges.reads.Store(1000)
		if v, err := c.Get(testkit.Within(t, 20*time.Second), key); err != nil || string(v) != "new" {
			t.Fatalf("%q, %v", v, err)
		}
	}
}
