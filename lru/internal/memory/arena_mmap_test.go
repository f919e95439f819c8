//go:build unix && !race && !lruheap && !lruguard

package memory

import "testing"

// TestStepwiseMemory takes memory where the system does not let all of the range
// be accessible at once, as under vm.overcommit_memory 2.
func TestStepwiseMemory(t *testing.T) {
	m := arena{stepwise: true}
	if err := m.reserve(4*CommitStep, MaxPageShift-3, false); err != nil {
		t.Fatal(err)
	}
	const step = CommitStep / unit
	for _, c := range []struct {
		end, ready uint32
		ok         bool
	}{{1, step, true}, {step, step, true}, {step + 1, 2 * step, true}, {4 * step, 4 * step, true}, {4*step + 1, 4 * step, false}} {
		if ok := m.commit(c.end); ok != c.ok || m.ready.Load() != c.ready {
			t.Fatalf("up to %d: %v, %d units are accessible, want %v, %d", c.end, ok, m.ready.Load(), c.ok, c.ready)
		}
		for off := uint32(0); off < m.ready.Load(); off += 512 {
			*(*uint64)(m.at(off)) = uint64(off)
		}
	}
	m.unmapper()()
}
