//go:build linux && !race && !lruheap && !lruguard

package lru

import (
	"testing"
)

// BenchmarkAttach goes on with a cache of a million, and of 10 million, entries of 16 + 32 bytes, after a clean stop and
// after the death of its process.
func BenchmarkAttach(b *testing.B) {
	for _, n := range benchSizes[1:] {
		o := Options{MaxMemory: int64(n) * 200, Shared: memfd, NoBackground: true}
		cache, err := New(o)
		if err != nil {
			b.Fatal(err)
		}
		c := cache.Shards()
		key, value := make([]byte, 0, 16), make([]byte, 32)
		for i := range uint64(n) {
			if err := c.Set(benchKey(key, i), value, 0); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(name(n)+"/killed", func(b *testing.B) { c = benchmarkAttach(b, c, o, false) })
		b.Run(name(n)+"/clean", func(b *testing.B) { c = benchmarkAttach(b, c, o, true) })
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkAttach(b *testing.B, c Shards, o Options, clean bool) Shards {
	want := c.Stats()
	for b.Loop() {
		b.StopTimer()
		f := duplicate(b, c)
		if !clean {
			die(c)
		} else if err := c.Detach(nil); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		cache, at, err := Attach(f, o)
		if err != nil || at.Clean != clean || at.Entries != want.Entries {
			b.Fatalf("%+v: %v", at, err)
		}
		c = cache.Shards()
	}
	b.ReportMetric(float64(want.Entries)/1e6*float64(b.N)/b.Elapsed().Seconds(), "Mentries/s")
	return c
}
