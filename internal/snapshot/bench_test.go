package snapshot

import (
	"context"
	"encoding/binary"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

var benchEntries = flag.Int("entries", 200_000, "entries of the benchmarks")

// BenchmarkSnapshot writes and reads entries of 16 + 32 bytes and of 16 + 1,000 bytes.
func BenchmarkSnapshot(b *testing.B) {
	for _, size := range []int{32, 1000} {
		n := *benchEntries
		if size > 100 {
			n /= 5
		}
		c := newCache(b, lru.Options{MaxMemory: int64(n)*int64(size+100) + 64<<20})
		value := make([]byte, size)
		key := []byte("0123456789abcdef")
		for i := range n {
			binary.BigEndian.PutUint64(key, uint64(i))
			if err := c.SetAt(key, value, 0); err != nil {
				b.Fatal(err)
			}
		}
		path := filepath.Join(b.TempDir(), "snapshot")
		name := map[int]string{32: "small", 1000: "large"}[size]
		b.Run(name+"/save", func(b *testing.B) {
			for b.Loop() {
				if r, err := Save(context.Background(), c, path, Options{}); err != nil || r.Entries != int64(n) {
					b.Fatal(r, err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mentries/s")
			if info, err := os.Stat(path); err == nil {
				b.SetBytes(info.Size())
			}
		})
		b.Run(name+"/load", func(b *testing.B) {
			for b.Loop() {
				c.Flush()
				if r, err := Load(context.Background(), c, path, Options{}); err != nil || r.Entries != int64(n) {
					b.Fatal(r, err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mentries/s")
			if info, err := os.Stat(path); err == nil {
				b.SetBytes(info.Size())
			}
		})
	}
}
