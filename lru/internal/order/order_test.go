package order

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// TestOrder gives orders of every policy random operations, without an index and without keys, and checks that they hold
// the same entries as a set does.
func TestOrder(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for _, p := range policy.Fixed() {
		t.Run(p.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, uint64(p)))
			m, o := newMemory(t), &Order{}
			o.Init(p)
			var offs []uint32
			for i := range 20_000 {
				if i%1000 == 0 {
					check(t, m, o, offs)
				}
				switch x := r.IntN(10); {
				case x < 4 || len(offs) == 0:
					off := m.New(m.Shape(1, 1, false), []byte("k"), []byte("v"), 0)
					if x == 0 {
						o.AddOldest(m, off, o.Adopt(uint32(r.IntN(1<<30)), uint32(r.IntN(100))))
					} else {
						o.Add(m, off, r.Uint64N(5000), hashOfOffset)
					}
					offs = append(offs, off)
				case x < 7:
					o.Hit(m, offs[r.IntN(len(offs))], r.Uint64N(5000))
				case x < 8:
					i := r.IntN(len(offs))
					o.Remove(m, offs[i])
					offs[i] = offs[len(offs)-1]
					offs = offs[:len(offs)-1]
				default:
					off := o.Victim(m, func(off uint32) uint64 { return uint64(off) % 5000 })
					if inOrder := p <= policy.CLOCK || p == policy.TTL; inOrder && m.Entry(off).Next != 0 {
						t.Fatalf("the victim %d is not the oldest entry", off)
					}
					i := slices.Index(offs, off)
					if (i < 0) != o.Refuses() {
						t.Fatalf("the victim is %d", off)
					}
					if i >= 0 && x == 9 {
						o.Evicted(m, off, r.Uint64N(5000))
						o.Remove(m, off)
						offs = slices.Delete(offs, i, i+1)
					}
				}
			}
			check(t, m, o, offs)
		})
	}
}

// TestSwitch changes the policy of an order in use, in small steps, from every policy to every other one.
func TestSwitch(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	m, o := newMemory(t), &Order{}
	o.Init(policy.LRU)
	var offs []uint32
	change := func(n int) {
		for range n {
			switch x := r.IntN(10); {
			case x < 5 || len(offs) == 0:
				offs = append(offs, m.New(m.Shape(1, 1, false), []byte("k"), []byte("v"), 0))
				o.Add(m, offs[len(offs)-1], r.Uint64N(5000), hashOfOffset)
			case x < 8:
				o.Hit(m, offs[r.IntN(len(offs))], r.Uint64N(5000))
			default:
				if off := o.Victim(m, func(off uint32) uint64 { return uint64(off) % 5000 }); off != 0 {
					o.Evicted(m, off, r.Uint64N(5000))
					o.Remove(m, off)
					offs = slices.Delete(offs, slices.Index(offs, off), slices.Index(offs, off)+1)
				}
			}
		}
	}
	for _, from := range policy.Fixed() {
		for _, to := range policy.Fixed() {
			for _, p := range []policy.Policy{from, to} {
				for change(100); !o.Switch(m, p, 7); change(3) {
				}
				check(t, m, o, offs)
			}
		}
	}
}

// newMemory has room for the entries of a test.
func newMemory(t *testing.T) *memory.Memory {
	m := &memory.Memory{}
	m.Init(memory.NewClasses(memory.MinPageShift), 1024)
	if err := m.Reserve(memory.CommitStep, false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Unmapper())
	for m.FreePages() < memory.CommitStep>>memory.MinPageShift-1 {
		if !m.Grow() {
			t.Fatal("no memory")
		}
	}
	m.Begin() // all of a test is one change
	return m
}

func check(t *testing.T, m *memory.Memory, o *Order, offs []uint32) {
	t.Helper()
	want := map[uint32]bool{}
	for _, off := range offs {
		want[off] = true
	}
	a := &memory.Audit{}
	o.Check(m, a, func(off uint32) {
		if !want[off] {
			a.Fail("entry %d should be gone", off)
		}
		delete(want, off)
	})
	for off := range want {
		a.Fail("entry %d is missing", off)
	}
	for _, err := range a.Errs {
		t.Error(err)
	}
	if o.Entries() != int64(len(offs)) {
		t.Errorf("%d entries, want %d", o.Entries(), len(offs))
	}
}

// TestAllProtected lets entries leave that are all protected: a search that finds nothing is not repeated for each of them.
func TestAllProtected(t *testing.T) {
	for _, p := range policy.Fixed() {
		m, o, asked := newMemory(t), &Order{}, 0
		o.Init(p)
		if o.Refuses() {
			continue
		}
		protecting := true
		o.Protect(func(uint32) bool { asked++; return protecting })
		var offs []uint32
		evict := func() {
			off := o.Victim(m, hashOfOffset)
			i := slices.Index(offs, off)
			if i < 0 {
				t.Fatalf("%v: the victim is %d", p, off)
			}
			o.Remove(m, off)
			offs = slices.Delete(offs, i, i+1)
		}
		const evictions = 5000
		for i := range 2 * evictions {
			off := m.New(m.Shape(1, 1, false), []byte("k"), []byte("v"), 0)
			o.Add(m, off, uint64(i), hashOfOffset)
			offs = append(offs, off)
			if i >= evictions {
				evict()
			}
		}
		if asked > 50*evictions {
			t.Errorf("%v: asked %d times for %d evictions whether an entry is protected", p, asked, evictions)
		}
		protecting = false
		evict()
		check(t, m, o, offs)
	}
}

// hashOfOffset gives keys hashes where it makes no difference which.
func hashOfOffset(off uint32) uint64 { return uint64(off) }
