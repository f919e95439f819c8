package lru

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// TestPoison asks, where memory is poisoned, that it is so after each way to give
// it up, and that Check sees a write to a slot that was given up.
func TestPoison(t *testing.T) {
	if !poisonFreed {
		t.Skip("SKIPPED: memory from mmap is not poisoned; go test -race runs this")
	}
	c := newTestCache(t, Options{MaxMemory: 8 << 20, Shards: 1, Seed: 1})
	s := &c.table.Load().shards[0]
	key, other := []byte("key"), []byte("yek")
	// fill sets a key and returns its slot without the first unit.
	fill := func(key []byte, n int) (slot []byte) {
		if err := c.Set(key, noise[:n], 0); err != nil {
			t.Fatal(err)
		}
		return s.mem.Slot(s.order.Newest())[8:]
	}
	spoiled := bytes.Repeat([]byte{memory.PoisonByte}, MaxSize)
	for name, giveUp := range map[string]func(){
		"Delete":                func() { c.Delete(key) },
		"Set of another size":   func() { fill(key, 2000) },
		"expiry":                func() { _ = c.SetAt(key, noise[:100], 1); c.Get(nil, key) },
		"eviction of one entry": func() { s.evictOne() },
		"flush":                 func() { c.Flush(); c.Step(1 << 40) },
	} {
		for _, n := range []int{100, 30_000} {
			slot := fill(key, n)
			fill(other, n) // keeps the page in its class
			giveUp()
			if !bytes.Equal(slot, spoiled[:len(slot)]) {
				t.Errorf("%s of %d bytes: the slot still holds %.20q", name, n, slot)
			}
			c.Flush()
		}
	}

	late := fill(key, 100)
	fill(other, 100)
	c.Delete(key)
	late[50]++
	if err := c.Check(); err == nil || !strings.Contains(err.Error(), "was written to") {
		t.Errorf("Check says %v about a write to a free slot", err)
	}
	late[50]--

	// What no slot was made of so far.
	rest := s.mem.Rest(s.order.Newest())
	rest = rest[len(rest)-1:]
	rest[0]++
	if err := c.Check(); err == nil || !strings.Contains(err.Error(), "behind its") {
		t.Errorf("Check says %v about a write behind the slots of a page", err)
	}
	rest[0]--
}

// TestPoisonMoved empties a page by moving its entries: where they were must be
// poisoned.
func TestPoisonMoved(t *testing.T) {
	if !poisonFreed {
		t.Skip("SKIPPED: memory from mmap is not poisoned; go test -race runs this")
	}
	c := newTestCache(t, Options{MaxMemory: 8 << 20, Shards: 1})
	s := &c.table.Load().shards[0]
	where := func() map[string]uint32 {
		at := map[string]uint32{}
		c.Scan(0, 1<<40, 1, func(_ Reader, e Entry, key []byte) { at[string(key)] = uint32(e) })
		return at
	}
	for i := range uint64(1000) {
		if err := c.Set(benchKey(nil, i), noise[:100], 0); err != nil {
			t.Fatal(err)
		}
	}
	for i := range uint64(1000) {
		if i%10 > 0 {
			c.Delete(benchKey(nil, i))
		}
	}
	before := where()
	if !s.emptyPage() {
		t.Fatal("no page is sparse")
	}
	moved := 0
	for key, off := range where() {
		if old := before[key]; old != off {
			moved++
			if b := s.mem.Rest(old); b[0] != memory.PoisonByte || b[15] != memory.PoisonByte {
				t.Errorf("%x moved from %d, which still holds %x", key, old, b)
			}
		}
	}
	if moved == 0 {
		t.Error("nothing was moved")
	}
}
