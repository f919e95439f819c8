//go:build !asan

package shadow

import (
	"runtime"
	"slices"
	"testing"

	"github.com/cachegopher/cachegopher/lru/prefix"
)

// TestMemory measures what AUTO and a curve take at most. AddressSanitizer would add to it what it puts around each object.
func TestMemory(t *testing.T) {
	for _, test := range []struct {
		what string
		most int64
		make func() any
	}{
		{"AUTO", 1 << 20, func() any { return NewAuto(1 << 30) }},
		{"a curve", 2_000_000, func() any {
			c := NewCurve(1<<30, First())
			c.SetParts(prefix.Most)
			c.Bound(slices.Repeat([]Bound{{Min: 1, Max: 1 << 20}}, prefix.Most))
			return c
		}},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		runtime.KeepAlive(test.make())
		runtime.ReadMemStats(&after)
		if got := int64(after.TotalAlloc - before.TotalAlloc); got > test.most {
			t.Errorf("%s takes %d bytes", test.what, got)
		} else {
			t.Logf("%s takes %d bytes", test.what, got)
		}
	}
}
