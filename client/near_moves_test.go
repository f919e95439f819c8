package client

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

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

// watchedNear calls forgets before it drops what a move concerns.
type watchedNear struct {
	*mapNear
	forgets func()
}

func (n watchedNear) ForgetIf(drop func(key string) bool) {
	n.forgets()
	n.mapNear.ForgetIf(drop)
}

// TestNearCacheForgetsAfterTheMove: entries of moved slots are dropped once reads go to the new owner. Dropped earlier, they could
// be read at the old owner and kept again.
func TestNearCacheForgetsAfterTheMove(t *testing.T) {
	s := newFakeSlots(t)
	s.tell(s.assigned(1, allA))
	is := s.assigned(2, s.onRing())
	key, forgot := is.keys(1, 1)[0], make(chan bool, 10)
	var known atomic.Pointer[Client]
	known.Store(s.client(WithNearCache(watchedNear{newMapNear(), func() {
		if c := known.Load(); c != nil {
			forgot <- c.owns("b", key)
		}
	}})))
	s.tell(is)
	s.push()
	if !<-forgot {
		t.Error("entries were dropped while the client still asked the old owner")
	}
}

// TestRedirectionForgets: a client that is not told the topology learns of a move from the answer to a request. From then on the
// near cache lacks the other entries of the slot too.
func TestRedirectionForgets(t *testing.T) {
	s := newFakeSlots(t)
	is := s.both()
	s.tell(is)
	near := newMapNear()
	c, key := s.untold(WithNearCache(near)), is.keys(0, 1)[0]
	ctx := testkit.Within(t, 20*time.Second)
	s.put(0, key, "old")
	s.put(1, key, "new")
	if v, err := c.Get(ctx, key); err != nil || string(v) != "old" {
		t.Fatalf("%q, %v", v, err)
	}
	s.tell(&fakeTopology{is.document, allB})
	if err := c.Set(ctx, "{"+key+"}", []byte("1")); err != nil { // in the same slot
		t.Fatal(err)
	}
	if v, err := c.Get(ctx, key); err != nil || string(v) != "new" {
		t.Errorf("after the move: %q, %v", v, err)
	}
}

// TestReadAcrossAMove: the old owner's answer to a read that is under way while the client learns that the slot has moved is
// returned, since it was true when the read began, but the near cache does not keep it, and later callers do not wait for it.
func TestReadAcrossAMove(t *testing.T) {
	for name, read := range map[string]func(ctx context.Context, c *Client, key string) string{
		"Get": func(ctx context.Context, c *Client, key string) string {
			v, _ := c.Get(ctx, key)
			return string(v)
		},
		"GetMany": func(ctx context.Context, c *Client, key string) string {
			results, _ := c.GetMany(ctx, []string{key})
			return string(results[0].Value)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, near := newFakeSlots(t), newMapNear()
			s.tell(s.assigned(1, allA))
			c, is := s.client(WithNearCache(near)), s.assigned(2, s.onRing())
			key := is.keys(1, 1)[0]
			s.put(0, key, "old")
			s.put(1, key, "new")
			release := s.hold(0, 0, "GET")
			first := make(chan string, 1)
			ctx := testkit.Within(t, 20*time.Second)
			go func() { first <- read(ctx, c, key) }()
			testkit.Eventually(t, "the old owner has been asked", func() bool { return s.nodes[0][0].count("GET") > 0 })
			s.tell(is)
			s.push()
			testkit.Eventually(t, "the client knows the new owner", func() bool { return c.owns("b", key) && near.Version(key) > 0 })
			if v := read(ctx, c, key); v != "new" {
				t.Errorf("a read of the new owner: %q", v)
			}
			release()
			if v := <-first; v != "old" && v != "new" {
				t.Errorf("the read across the move: %q", v)
			}
			if v := read(ctx, c, key); v != "new" {
				t.Errorf("a read afterwards: %q", v)
			}
		})
	}
}
