package lru

import (
	"fmt"
	"testing"
)

// BenchmarkFloor stores entries in a full cache: without prefixes, with prefixes that have no floors, and with a floor for idle
// entries that are a part of the memory and lie at the end of the list.
func BenchmarkFloor(b *testing.B) {
	const size = 64 << 20
	for _, p := range []Policy{LRU, S3FIFO, LFU} {
		for _, of := range []struct {
			name     string
			prefixes []Prefix
		}{
			{"no-prefixes", nil},
			{"no-floor", []Prefix{{Name: "quiet:"}, {Name: "noisy:"}}},
			{"floor-of-half", []Prefix{{Name: "quiet:", Min: size / 2}, {Name: "noisy:"}}},
			{"floor-of-most", []Prefix{{Name: "quiet:", Min: size * 8 / 10}, {Name: "noisy:"}}},
			{"ceiling", []Prefix{{Name: "quiet:"}, {Name: "noisy:", Max: size / 4}}},
		} {
			b.Run(fmt.Sprint(p, "/", of.name), func(b *testing.B) {
				c := newTestCache(b, Options{MaxMemory: size, Shards: 4, Policy: p, Prefixes: of.prefixes})
				room := size
				if of.prefixes != nil && of.prefixes[0].Min > 0 {
					room = int(of.prefixes[0].Min) * 9 / 10
				}
				key := make([]byte, 0, 32)
				for i := range room / 120 {
					_ = c.Set(fmt.Appendf(key, "quiet:%09d", i), noise[:64], 0)
				}
				for i := range size / 240 {
					_ = c.Set(fmt.Appendf(key, "noisy:%09d", i), noise[:64], 0)
				}
				i := 1 << 30
				for b.Loop() {
					i++
					_ = c.Set(fmt.Appendf(key, "noisy:%09d", i), noise[:64], 0)
				}
			})
		}
	}
}
