package offheap

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// TestTable: cells begin as zero and keep what is stored, for tables in the heap and outside it; a large one does not grow the heap.
func TestTable(t *testing.T) {
	for _, n := range []uint64{0, 1, 1000, 4 << 20} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		table := New[atomic.Uint64](n)
		runtime.ReadMemStats(&after)
		if uint64(table.Len()) != n || len(table.All()) != table.Len() {
			t.Fatalf("%d cells, want %d", table.Len(), n)
		}
		for i := range n {
			if table.At(i).Swap(i+1) != 0 {
				t.Fatalf("cell %d of %d is not zero", i, n)
			}
		}
		runtime.GC()
		for i := range n {
			if got := table.All()[i].Load(); got != i+1 {
				t.Fatalf("cell %d of %d: %d", i, n, got)
			}
		}
		if grown := after.HeapAlloc - min(before.HeapAlloc, after.HeapAlloc); runtime.GOOS == "linux" && grown > 1<<20 {
			t.Errorf("a table of %d cells took %d bytes of the heap", n, grown)
		}
		runtime.KeepAlive(table)
	}
}
