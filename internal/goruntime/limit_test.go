package goruntime

import "testing"

func TestHeapLimit(t *testing.T) {
	const mb, gb = 1 << 20, 1 << 30
	for _, c := range []struct{ available, store, want int64 }{
		{10 * gb, 2 * gb, 7730941132}, // nine tenths of 8 GiB
		{gb, 768 * mb, 241591910},
		{gb, 1000 * mb, leastHeap}, // the store leaves little
		{gb, 2 * gb, leastHeap},    // and here nothing
		{64 * mb, mb, leastHeap},
		{4 * gb, 0, 1932735283}, // a budget of entries only: half is left alone
	} {
		if got := HeapLimit(c.available, c.store); got != c.want {
			t.Errorf("%d available, %d for the store: %d, want %d", c.available, c.store, got, c.want)
		}
	}
}

// TestGarbageLimit leaves room for what budgets allow, and for some garbage of what is in use anyway.
func TestGarbageLimit(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct{ budgets, live, runtime, want int64 }{
		{64 * mb, 3 * mb, 5 * mb, 104 * mb},
		{64 * mb, 60 * mb, 5 * mb, 104 * mb},
		{64 * mb, 400 * mb, 30 * mb, 546 * mb}, // connections with TLS
	} {
		if got := garbageLimit(c.budgets, c.live, c.runtime); got != c.want {
			t.Errorf("budgets of %d MB, %d MB in use, %d MB of the runtime: %d MB, want %d", c.budgets/mb, c.live/mb, c.runtime/mb, got/mb, c.want/mb)
		}
	}
}
