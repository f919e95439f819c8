package ring

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkLocate(b *testing.B) {
	r := mustNew(b, numbered(10))
	keys := make([]string, 1024)
	for i := range keys {
		keys[i] = fmt.Sprintf("user:%d", i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.Locate(keys[i&1023])
	}
}

// Keys of 16 bytes, with and without a hash tag, and of other lengths.
func BenchmarkSlot(b *testing.B) {
	for _, key := range []string{"user:00000012345", "{user:1234}.name", "user:1", "user:12345678", "user:000000000012345678", strings.Repeat("k", 64)} {
		b.Run(key, func(b *testing.B) {
			for b.Loop() {
				Slot(key)
			}
		})
		b.Run(key+"/table", func(b *testing.B) {
			for b.Loop() {
				slot(key)
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	weighted := func(n int) []Group {
		gs := numbered(n)
		for i := range gs {
			gs[i].Weight = i + 1
		}
		return gs
	}
	for _, c := range []struct {
		name   string
		groups []Group
	}{
		{"groups=10", numbered(10)},
		{"groups=1000", numbered(1000)},
		{"groups=1000/every-weight-different", weighted(1000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				mustNew(b, c.groups)
			}
		})
	}
}
