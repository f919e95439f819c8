package order

import (
	"testing"

	"github.com/cachegopher/cachegopher/lru/policy"
)

// TestHashOf checks that the hash of an entry's key is computed once, and that it is forgotten when another entry may be in its place.
func TestHashOf(t *testing.T) {
	m, o := newMemory(t), &Order{}
	o.Init(policy.LFU)
	computed := 0
	ask := func(off uint32, hash uint64) {
		t.Helper()
		got := o.HashOf(m, off, func(uint32) uint64 { computed++; return hash })
		if got != hash {
			t.Errorf("the hash of the entry at %d is %d, want %d", off, got, hash)
		}
	}
	add := func() uint32 {
		off := m.New(m.Shape(1, 1, false), []byte("k"), []byte("v"), 0)
		o.Add(m, off, 1, hashOfOffset)
		return off
	}
	first, second := add(), add()
	ask(first, 1)
	ask(first, 1)
	if computed != 1 {
		t.Errorf("computed %d times", computed)
	}
	// The other one takes the place of the first in memory.
	o.Remove(m, first)
	m.Free(first)
	if off := add(); off != first {
		t.Fatalf("the new entry is at %d, not at %d", off, first)
	}
	ask(first, 2)
	// An entry moves, and another one comes where it was.
	to := m.New(m.Shape(1, 1, false), []byte("k"), []byte("v"), 0)
	ask(second, 3)
	*m.Entry(to) = *m.Entry(second)
	o.Moved(m, second, to)
	m.Free(second)
	if off := add(); off != second {
		t.Fatalf("the new entry is at %d, not at %d", off, second)
	}
	ask(second, 4)
}
