package client

import (
	"context"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
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

// mapNear is a NearCache that keeps everything.
type mapNear struct {
	mu      sync.Mutex
	values  map[string]string
	version uint64
	cleared int
}

func newMapNear() *mapNear { return &mapNear{values: map[string]string{}} }

func (n *mapNear) Get(key string) (value []byte, found, known bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	v, known := n.values[key]
	return []byte(v), true, known
}

func (n *mapNear) Put(key string, value []byte, found bool, left time.Duration, version uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if found && version == n.version {
		n.values[key] = string(value)
	}
}

func (n *mapNear) Version(string) uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.version
}

func (n *mapNear) Forget(key string) { n.ForgetIf(func(k string) bool { return k == key }) }

func (n *mapNear) ForgetIf(drop func(key string) bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.version++
	maps.DeleteFunc(n.values, func(k, _ string) bool { return drop(k) })
}

func (n *mapNear) Clear() {
	n.ForgetIf(func(string) bool { return true })
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cleared++
}

// without hides the method ForgetIf.
type without struct{ NearCache }

// TestNearCacheForgetsMovedSlots: once the client has learned that slots have moved, the near cache lacks their entries and has
// the others, or none if it cannot choose.
func TestNearCacheForgetsMovedSlots(t *testing.T) {
	for name, chooses := range map[string]bool{"drops some": true, "clears": false} {
		t.Run(name, func(t *testing.T) {
			s, near := newFakeSlots(t), newMapNear()
			s.tell(s.assigned(1, allA))
			use := NearCache(near)
			if !chooses {
				use = without{near}
			}
			c, is := s.client(WithNearCache(use)), s.assigned(2, s.onRing())
			stay, move := is.keys(0, 1)[0], is.keys(1, 1)[0]
			ctx := testkit.Within(t, 20*time.Second)
			for _, k := range []string{stay, move} {
				s.put(0, k, "old")
				s.put(1, k, "new")
				if v, err := c.Get(ctx, k); err != nil || string(v) != "old" {
					t.Fatalf("%q, %v", v, err)
				}
			}
			s.tell(is)
			s.push()
			testkit.Eventually(t, "the entry that moved is dropped", func() bool { _, _, known := near.Get(move); return !known })
			if _, _, known := near.Get(stay); known != chooses || near.cleared > 0 == chooses {
				t.Errorf("the entry that stays is known: %v; cleared %d times", known, near.cleared)
			}
			if v, err := c.Get(ctx, move); err != nil || string(v) != "new" {
				t.Errorf("after the move: %q, %v", v, err)
			}
		})
	}
}

// TestReadAcrossAMove: the old owner's answer to a read that is under way while the client learns that the slot has moved is
// returned, since it was true when the read began, but the near cache does not keep it, and later callers do not wait for it.
func TestReadAcrossAMove(t *testing.T) {
	s, near := newFakeSlots(t), newMapNear()
	s.tell(s.assigned(1, allA))
	c, is := s.client(WithNearCache(near)), s.assigned(2, s.onRing())
	key := is.keys(1, 1)[0]
	s.put(0, key, "old")
	s.put(1, key, "new")
	release := s.hold(0, 0, "GET")
	first := make(chan string, 1)
	ctx := testkit.Within(t, 20*time.Second)
	go func() { v, _ := c.Get(ctx, key); first <- string(v) }()
	testkit.Eventually(t, "the old owner has been asked", func() bool { return s.nodes[0][0].count("GET") > 0 })
	s.tell(is)
	s.push()
	testkit.Eventually(t, "the client knows the new owner", func() bool { return c.owns("b", key) && near.Version(key) > 0 })
	if v, err := c.Get(ctx, key); err != nil || string(v) != "new" {
		t.Errorf("a read of the new owner: %q, %v", v, err)
	}
	release()
	if v := <-first; v != "old" && v != "new" {
		t.Errorf("the read across the move: %q", v)
	}
	if v, err := c.Get(ctx, key); err != nil || string(v) != "new" {
		t.Errorf("a read afterwards: %q, %v", v, err)
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
