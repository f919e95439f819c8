package replica

import (
	"fmt"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// moveSizes are the lengths of values in the benchmarks of both ends of a recovery.
var moveSizes = []int{100, 1000, 10_000}

// moveBytes is about the number of bytes of keys and values in a benchmark's store.
const moveBytes = 200e6

func filledStore(b *testing.B, size int) *CacheStore {
	c, close := emptyCache(b)
	b.Cleanup(close)
	value := make([]byte, size)
	for i := range int(moveBytes) / (size + 14) {
		key := fmt.Appendf(nil, "key:%010d", i)
		if err := c.Set(key, value, 0); err != nil {
			b.Fatal(err)
		}
	}
	return NewCacheStore(c)
}

func emptyCache(b *testing.B) (c *lru.Cache, close func()) {
	c, err := lru.New(lru.Options{MaxMemory: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	return c, func() {
		if err := c.Close(); err != nil {
			b.Error(err)
		}
	}
}

// BenchmarkGive walks a store and frames its records, as a donor does. MB/s counts keys and values.
func BenchmarkGive(b *testing.B) {
	for _, size := range moveSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := filledStore(b, size)
			_, bytes := s.Size()
			b.SetBytes(bytes)
			var out, scratch []byte
			for b.Loop() {
				for cursor := uint64(0); ; {
					if out, scratch, cursor = appendPieces(out[:0], s, scratch, cursor, 128<<10); cursor == 0 {
						break
					}
				}
			}
		})
	}
}

// BenchmarkTake fills an empty store from the frames of BenchmarkGive. MB/s counts keys and values.
func BenchmarkTake(b *testing.B) {
	for _, size := range moveSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := filledStore(b, size)
			_, bytes := s.Size()
			b.SetBytes(bytes)
			var all [][]byte
			for cursor := uint64(0); ; {
				var piece []byte
				if piece, _, cursor = appendPieces(nil, s, nil, cursor, 128<<10); true {
					all = append(all, piece)
				}
				if cursor == 0 {
					break
				}
			}
			for b.Loop() {
				b.StopTimer()
				c, close := emptyCache(b)
				to := NewCacheStore(c)
				b.StartTimer()
				for _, piece := range all {
					for len(piece) > 0 {
						f, n, _, err := parseFrame(piece)
						if err != nil {
							b.Fatal(err)
						}
						if err := to.Apply(f.payload, nil); err != nil {
							b.Fatal(err)
						}
						countRecords(f.payload)
						piece = piece[n:]
					}
				}
				b.StopTimer()
				close()
				b.StartTimer()
			}
		})
	}
}
