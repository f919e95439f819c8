package move

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/ring"
)

// node is a primary with a secondary that follows its log.
type node struct {
	t         testing.TB
	cache     *lru.Cache
	log       *replica.Log
	secondary *lru.Cache
	store     *replica.CacheStore // of the secondary
	followed  uint64
}

func newNode(t testing.TB, seed uint64, clock func() int64) *node {
	t.Helper()
	n := &node{t: t}
	for _, c := range []**lru.Cache{&n.cache, &n.secondary} {
		cache, err := lru.New(lru.Options{MaxMemory: 32 << 20, Shards: 4, Clock: clock, Seed: seed, NoBackground: true})
		if err != nil {
			t.Fatal(err)
		}
		*c = cache
	}
	log, err := replica.NewLog(replica.MinLog, 1)
	if err != nil {
		t.Fatal(err)
	}
	n.log, n.store = log, replica.NewCacheStore(n.secondary)
	return n
}

func (n *node) set(key, value []byte, expireAt int64) {
	n.t.Helper()
	c := n.cache.Shards()
	h := c.Hash(key)
	s := c.Lock(h)
	defer s.Unlock()
	if err := s.Put(h, key, value, expireAt, c.Now()); err != nil {
		n.t.Fatal(err)
	}
	n.log.Set(h, key, value, expireAt)
}

func (n *node) remove(key []byte) {
	c := n.cache.Shards()
	h := c.Hash(key)
	s := c.Lock(h)
	defer s.Unlock()
	if e, ok := s.Peek(h, key, c.Now()); ok {
		s.Remove(h, e)
		n.log.Delete(h, key)
	}
}

func (n *node) flush() { n.cache.Shards().FlushThen(n.log.Flush) }

func (n *node) close() {
	for _, c := range []*lru.Cache{n.cache, n.secondary} {
		if err := c.Close(); err != nil {
			n.t.Error(err)
		}
	}
}

// follow brings the secondary up to date.
func (n *node) follow() {
	n.t.Helper()
	for end := n.log.Merge(); n.followed < end; {
		b, err := n.log.ReadRecords(nil, n.followed, end, 1<<20)
		if err == nil {
			err = n.store.Apply(b, nil)
		}
		if err != nil {
			n.t.Fatal(err)
		}
		n.followed += uint64(len(b))
	}
}

// entries returns the entries that keep wants, each as one string.
func entries(c *lru.Cache, keep func(key []byte) bool) map[string]string {
	s, all := c.Shards(), map[string]string{}
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		cursor = s.Scan(cursor, 1000, s.Now(), func(r lru.Reader, e lru.Entry, key []byte) {
			if keep(key) {
				all[string(key)] = fmt.Sprintf("%d %s", r.Expiry(e), r.AppendValue(nil, e))
			}
		})
	}
	return all
}

// connection is one of the giver's. Its taker's end may go on after the giver has lost it.
type connection struct {
	requests [][]byte // on their way
	answers  []byte   // on their way back
	im       *Import
	purging  bool
	taker    *Taker
	slow     int // a request is delivered in one of so many steps
}

// world is a move in virtual time.
type world struct {
	t      *testing.T
	rand   *rand.Rand
	now    time.Duration
	slots  ring.SlotSet
	from   *node
	to     *node
	rest   int               // steps between troubles, about
	own    map[string]string // of the taker's own slots
	giver  *Giver
	epoch  uint64
	taker  *Taker
	conn   *connection
	lost   []*connection
	mutant mutant

	held      bool          // no write at the giver
	holding   bool          // the giver has asked for it
	haltedAt  time.Duration // when writes have come to a halt, if the giver still asks for it
	asked     bool          // the giver waits to hear whether a commit could be recorded
	answers   bool          // it has heard that
	committed bool
	attempts  int64 // of givers that were replaced
	flushes   int
	wait      time.Duration // the giver need not be asked before
}

func newWorld(t *testing.T, seed uint64, m mutant) *world {
	t.Helper()
	w := &world{t: t, rand: rand.New(rand.NewPCG(seed, 11)), own: map[string]string{}, mutant: m}
	w.rest = 50 << w.rand.IntN(6)
	clock := func() int64 { return 1_000_000 + int64(w.now/time.Millisecond) }
	w.from, w.to = newNode(t, 2*seed+1, clock), newNode(t, 2*seed+2, clock)
	for range 20 {
		first := w.rand.IntN(16384)
		w.slots.Add(first, min(first+w.rand.IntN(1000), 16383))
	}
	for range w.rand.IntN(3000) {
		w.write()
		w.from.follow()
	}
	for range w.rand.IntN(300) { // leftovers of moves before the test
		if key := w.key(); w.slots.HasKey(key) {
			w.to.set(key, []byte("leftover"), 0)
		}
	}
	w.newTaker()
	w.newGiver()
	return w
}

func (w *world) newGiver() {
	if w.giver != nil {
		w.attempts += w.giver.Progress().Attempts
	}
	w.epoch++
	o := GiverOptions{ID: "7", Group: "A", Epoch: w.epoch, Slots: w.slots, Cache: w.from.cache, Log: w.from.log}
	if w.rand.IntN(2) == 0 {
		rate := int64(100_000 + w.rand.IntN(10_000_000))
		o.Rate = func() int64 { return rate }
	}
	w.giver = NewGiver(o)
	w.giver.src = w.mutant.source(w.giver.src)
	w.hangUp()
	w.holding, w.held, w.asked, w.answers, w.wait = false, false, false, false, 0
}

func (w *world) newTaker() { w.taker = NewTaker(w.to.cache, w.to.log) }

// hangUp makes the giver's connection one that it has lost: the taker may still receive from it.
func (w *world) hangUp() {
	if w.conn != nil {
		w.lost = append(w.lost, w.conn)
	}
	w.conn = nil
}
