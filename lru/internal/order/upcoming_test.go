package order

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// TestPrepare uses, evicts, removes and adds entries, and has evictions prepared in between. While none is used again, what leaves
// must be prepared, or the oldest of the small segment, and no more entries may be prepared than are evicted soon.
func TestPrepare(t *testing.T) {
	const entries = 3000
	for _, p := range []policy.Policy{policy.S3FIFO, policy.LFU} {
		t.Run(p.String(), func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			r := rand.New(rand.NewPCG(seed, 0))
			m, o := newMemory(t), &Order{}
			o.Init(p)
			var offs []uint32
			keys := map[uint32]int{}
			hash := func(off uint32) uint64 { return hashOf(keys[off]) }
			ready, leftMain := map[uint32]bool{}, 0
			take := func(off uint32) {
				o.Remove(m, off)
				m.Free(off)
				delete(keys, off)
				delete(ready, off)
			}
			for i := range 40_000 {
				for n := r.IntN(4); n > 0 && len(offs) > 0 && i%100 < 50; n-- {
					if off := offs[r.IntN(len(offs))]; keys[off] != 0 {
						o.Hit(m, off, hash(off))
						delete(ready, off)
					}
				}
				if i%500 == 499 {
					if off := offs[r.IntN(len(offs))]; keys[off] != 0 {
						take(off)
					}
				}
				for n := 0; o.Unprepared() && (n == 0 || i%100 >= 50); n++ {
					if off := o.Prepare(m); off != 0 {
						ready[off] = true
					}
				}
				if len(keys) >= entries {
					small := o.lastSmall(m)
					off := o.Victim(m, hash)
					if main := m.Entry(off).Stamp()&inSmall == 0; main && off != small {
						if leftMain++; i%100 >= 70 && o.upcoming.at != 0 && !ready[off] {
							t.Fatalf("step %d: the entry at %d leaves, which was not prepared", i, off)
						}
					}
					o.Evicted(m, off, hash(off))
					take(off)
				}
				off := m.New(m.Shape(1, 1, false), []byte("k"), []byte("v"), 0)
				key := 1 + r.IntN(entries*5/4)
				o.Add(m, off, hashOf(key), hash)
				offs, keys[off] = append(offs, off), key
				checkPrepared(t, o, m)
			}
			check(t, m, o, slices.Collect(maps.Keys(keys)))
			if leftMain < 1000 {
				t.Errorf("only %d entries left the main segment", leftMain)
			}
		})
	}
}

// TestPrepareBesideSearches evicts entries that a search finds, as of a prefix above its ceiling or beside one that is protected, among
// others that are used. No more evictions may be prepared for that: each entry that is passed over early loses a use.
func TestPrepareBesideSearches(t *testing.T) {
	const entries = 3000
	for _, p := range []policy.Policy{policy.S3FIFO, policy.LFU} {
		m, o := newMemory(t), &Order{}
		o.Init(p)
		keys := map[uint32]int{}
		hash := func(off uint32) uint64 { return hashOf(keys[off]) }
		searched := 0
		for key := 1; key <= 4*entries; key++ {
			if len(keys) >= entries {
				off := uint32(0)
				if key > 2*entries { // by now main is full
					off = o.Seek(m, 1, func(off uint32) bool { return keys[off]%4 == 0 })
				}
				if off == 0 {
					off = o.Victim(m, hash)
				} else if m.Entry(off).Stamp()&inSmall == 0 && off != o.tail {
					searched++
				}
				o.Evicted(m, off, hash(off))
				o.Remove(m, off)
				m.Free(off)
				delete(keys, off)
			}
			off := m.New(m.Shape(1, 1, false), []byte("k"), []byte("v"), 0)
			o.Add(m, off, hashOf(key), hash)
			keys[off] = key
			for range 2 {
				o.Hit(m, off, hash(off))
			}
			for o.Unprepared() {
				o.Prepare(m)
			}
			checkPrepared(t, o, m)
		}
		check(t, m, o, slices.Collect(maps.Keys(keys)))
		if searched < entries/10 {
			t.Errorf("%v: searches found only %d entries of the main segment", p, searched)
		}
	}
}

// checkPrepared checks that Prepare has not come further than mostReady entries, and the one after, ahead of the oldest.
func checkPrepared(t *testing.T, o *Order, m *memory.Memory) {
	if o.upcoming.at == 0 {
		return
	}
	off := o.tail
	for n := 0; off != o.upcoming.at; n++ {
		if off == 0 || n > mostReady+1 {
			t.Fatalf("evictions are prepared up to the entry at %d, which is not among the %d oldest", o.upcoming.at, n)
		}
		off = m.Entry(off).Prev
	}
}

// TestUpcomingUsed checks that the oldest entry of LFU's window is not the one that evictions are prepared for if it was used: it is
// passed over.
func TestUpcomingUsed(t *testing.T) {
	l := newLFUTest(t)
	l.add(0, 500, 0)
	l.evict(10) // now there is a main segment
	off := l.o.lastSmall(l.m)
	l.o.Hit(l.m, off, l.hash(off))
	if got := l.o.Upcoming(l.m); got == off || got != l.o.lastSmall(l.m) {
		t.Errorf("upcoming is %d, where %d was used and the window's oldest is %d", got, off, l.o.lastSmall(l.m))
	}
	if l.o.head != off || l.m.Entry(off).Stamp()&usedMask != 0 {
		t.Errorf("the entry at %d was not passed over: the newest is %d", off, l.o.head)
	}
}
