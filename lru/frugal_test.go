package lru

import "testing"

// TestFrugal asks what an entry costs beside its key and value, as the kernel
// counts the process's memory, at several fillings: the index must not double
// for all shards at once.
func TestFrugal(t *testing.T) {
	if poisonFreed {
		t.Skip("SKIPPED: the heap twin of the store's memory is not what is measured")
	}
	c := newTestCache(t, Options{MaxMemory: 1 << 30})
	before := resident(t)
	key, value := make([]byte, 0, 16), make([]byte, 32)
	i := uint64(0)
	for n := uint64(1_050_000); n <= 2_100_000; n += 150_000 {
		for ; i < n; i++ {
			if err := c.Set(benchKey(key, i), value, 0); err != nil {
				t.Fatal(err)
			}
		}
		over := float64(resident(t)-before)/float64(n) - 48
		st := c.Stats()
		t.Logf("%d entries: %.1f bytes each beside key and value; %.1f by the cache's own count",
			n, over, float64(st.UsedBytes)/float64(n)-48)
		if over > 26 {
			t.Errorf("%d entries cost %.1f bytes each, the aim is 26", n, over)
		}
	}
}

// BenchmarkMemory fills a cache and reports what an entry of a 16-byte key and a
// 32-byte value costs beside these, by the kernel's count, and what of it is index.
func BenchmarkMemory(b *testing.B) {
	for _, n := range benchSizes[1:] {
		b.Run(name(n), func(b *testing.B) {
			dropFilled()
			before := resident(b)
			c := filled(b, n)
			b.ReportMetric(float64(resident(b)-before)/float64(n)-48, "B/entry")
			var index int64
			for i := range c.table.Load().shards {
				s := &c.table.Load().shards[i]
				index += s.mem.SegmentBytes() + s.index.DirectoryBytes()
			}
			b.ReportMetric(float64(index)/float64(n), "index-B/entry")
			b.ReportMetric(0, "ns/op")
		})
	}
}
