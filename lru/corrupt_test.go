//go:build linux && !race && !lruheap && !lruguard

package lru

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/policy"
	"github.com/cespare/xxhash/v2"
)

// TestAttachCorrupt damages what the death of a process has left, at random, and goes on with it: nothing may fault, loop or
// panic, whatever is found must be whole as Check sees it, and the cache must work. What values hold has no checksum, and
// may be damaged. CACHEGOPHER_CORRUPTIONS sets the number of times.
func TestAttachCorrupt(t *testing.T) {
	r, now := rand.New(rand.NewPCG(testSeed(t), 6)), int64(1_000_000)
	lost, shards, faults := 0, 0, map[string]int{}
	for range operationCount(t, "CACHEGOPHER_CORRUPTIONS", 250) {
		o := Options{MaxMemory: 16 << 20, Clock: func() int64 { return now }, Policy: Policy(r.IntN(len(policy.All()))), Shards: 1 << r.IntN(3)}
		c := newTestCache(t, withFiles(o))
		work(t, c, r, &now, 200+r.IntN(3000))
		if r.IntN(4) == 0 {
			c.Flush()
			work(t, c, r, &now, r.IntN(500))
		}
		f, table := duplicate(t, c), c.table.Load()
		what := ""
		entries := offsets(table)
		for range 1 + r.IntN(3) {
			what += damage(table, entries, r) + "; "
		}
		die(c)
		cache, at, err := Attach(f, withNoBackground(o))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		c = cache.Shards()
		lost, shards = lost+at.LostShards, shards+at.Shards
		for _, err := range at.Faults {
			faults[kindOf(err)]++
		}
		if err := c.Check(); err != nil {
			t.Fatalf("after %s, %+v:\n%v", what, at, err)
		}
		for key, value := range c.All() {
			if len(key) == 0 || len(key)+len(value) > MaxSize {
				t.Fatalf("after %s: a key of %d bytes, a value of %d", what, len(key), len(value))
			}
		}
		work(t, c, r, &now, 1000)
		if err := c.Check(); err != nil {
			t.Fatalf("after %s and work:\n%v", what, err)
		}
		closeNow(t, c)
	}
	t.Logf("%d shards of %d were lost; %v", lost, shards, faults)
	if lost == 0 || lost == shards {
		t.Errorf("%d shards of %d were lost", lost, shards)
	}
}

func withNoBackground(o Options) Options {
	o.NoBackground = true
	return withFiles(o)
}

// kindOf is the text of err without its numbers.
func kindOf(err error) string {
	var kind []byte
	for _, b := range []byte(err.Error()) {
		if b < '0' || b > '9' {
			kind = append(kind, b)
		}
	}
	return string(kind)
}

// offsets are where the entries of each shard lie.
func offsets(t *table) (all [][]uint32) {
	for i := range t.shards {
		s := &t.shards[i]
		var offs []uint32
		s.order.Check(&s.mem, &memory.Audit{}, func(off uint32) { offs = append(offs, off) })
		all = append(all, offs)
	}
	return all
}

// damage changes something in the file of t, whose entries lie there, and says what.
func damage(t *table, entries [][]uint32, r *rand.Rand) string {
	i := r.IntN(len(t.shards))
	s, reg := &t.shards[i], t.file.region
	ctl := reg.Control(i)
	arena := reg.Arena(i)[:int64(s.mem.Pages())*s.mem.PageBytes()]
	switch n := r.IntN(12); {
	case n >= 10 && len(entries[i]) > 0:
		return misdirect(s, arena, entries[i], i, r)
	case n < 1:
		fields := []*uint32{&ctl.Seq, &ctl.Relinking, &ctl.Depth, &ctl.Generation, &ctl.End, &ctl.Flushes}
		n := r.IntN(len(fields))
		*fields[n] = spoil(*fields[n], r)
		return fmt.Sprintf("shard %d, control %d is %#x", i, n, *fields[n])
	case n < 2:
		p := r.IntN(max(s.mem.Pages(), 2))
		reg.Classes(i)[p] = byte(spoil(uint32(reg.Classes(i)[p]), r))
		return fmt.Sprintf("shard %d, page %d has class %d", i, p, reg.Classes(i)[p])
	case n < 4:
		at := r.IntN(1 << s.index.Depth())
		word := &reg.Directory(i, s.index.Depth())[at]
		*word = *word&^0xffffffff | uint64(spoil(uint32(*word), r))
		return fmt.Sprintf("shard %d, word %d is %#x", i, at, *word)
	case n < 6 && len(arena) > 4096:
		return spoilWord(arena, r.IntN(len(arena)/4)*4, i, r)
	default: // a head of an entry, or a word of a segment
		offs := entries[i]
		if n < 8 {
			offs = []uint32{s.index.Segment(r.Uint64()).Offset() % uint32(len(arena)/8)}
		}
		if len(offs) == 0 || offs[0] == 0 {
			return "nothing"
		}
		return spoilWord(arena, int(offs[r.IntN(len(offs))])*8+r.IntN(16)*4, i, r)
	}
}

// misdirect changes a link of an entry or of its last chunk, so that it leads to another slot or far away.
func misdirect(s *Shard, arena []byte, offs []uint32, shard int, r *rand.Rand) string {
	off, to := offs[r.IntN(len(offs))], offs[r.IntN(len(offs))]
	if r.IntN(2) == 0 {
		to = r.Uint32() | 1<<31
	}
	links := s.mem.Links(off)
	at := links[len(links)-1]
	if r.IntN(2) == 0 {
		at = links[r.IntN(len(links))]
	}
	binary.NativeEndian.PutUint32(arena[at:], to)
	return fmt.Sprintf("shard %d, a link of the entry at %d, byte %d, leads to %d", shard, off, at, to)
}

func spoilWord(arena []byte, at, shard int, r *rand.Rand) string {
	at = min(at, len(arena)-4)
	word := binary.NativeEndian.Uint32(arena[at:])
	spoilt := spoil(word, r)
	if r.IntN(4) == 0 { // a word from elsewhere
		spoilt = binary.NativeEndian.Uint32(arena[r.IntN(len(arena)/4)*4:])
	}
	binary.NativeEndian.PutUint32(arena[at:], spoilt)
	return fmt.Sprintf("shard %d, byte %d: %#x is %#x", shard, at, word, spoilt)
}

// spoil is another number than n.
func spoil(n uint32, r *rand.Rand) uint32 {
	switch r.IntN(6) {
	case 0:
		return n ^ 1<<r.IntN(32)
	case 1:
		return n ^ 1<<r.IntN(8)
	case 2:
		return n + 1
	case 3:
		return n - 1
	case 4:
		return 0
	}
	return r.Uint32()
}

// FuzzState loads states of any bytes, whose checksum is right: none may fault or panic.
func FuzzState(f *testing.F) {
	c := newTestCache(f, withFiles(Options{MaxMemory: 16 << 20, Shards: 2, Seed: 5}))
	now := int64(1000)
	work(f, c, rand.New(rand.NewPCG(1, 2)), &now, 300)
	file, t := duplicate(f, c), c.table.Load()
	if err := c.Detach([]byte("owner")); err != nil {
		f.Fatal(err)
	}
	h := t.file.region.Header()
	good := append([]byte(nil), t.file.region.State()[:h.StateLen]...)
	attached, err := (&Cache{}).attachTable(file)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(0, []byte{})
	f.Add(8, []byte{0xff, 0xff, 0xff, 0xff})
	f.Add(len(good)-20, []byte{0, 0, 1})
	f.Fuzz(func(ft *testing.T, at int, piece []byte) {
		state := append([]byte(nil), good...)
		if at < 0 || at > len(state) {
			return
		}
		state = append(state[:at], append(piece, state[min(at+len(piece), len(state)):]...)...)
		copy(t.file.region.State(), state)
		h.StateLen, h.StateSum = uint64(len(state)), xxhash.Sum64(state)
		for i := range attached.shards {
			attached.shards[i].forget(attached, i)
		}
		s, err := attached.file.state()
		if err != nil {
			ft.Fatal(err)
		}
		if _, _, err := attached.loadState(s); err == nil && len(state) != len(good) {
			ft.Errorf("a state of %d bytes is accepted, the right one has %d", len(state), len(good))
		}
	})
}
