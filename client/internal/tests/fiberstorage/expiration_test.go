package fiberstorage_test

import (
	"math"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/adapters/fiberstorage"
	"github.com/cachegopher/cachegopher/client/internal/tests"
)

// An expiry of 0 means none, as in Fiber. A negative one removes the entry.
func TestExpiration(t *testing.T) {
	c, _ := tests.Client(t)
	s := fiberstorage.New(c, "p:")
	for exp, want := range map[time.Duration]time.Duration{
		0: client.NoExpiry, math.MaxInt64: client.NoExpiry, time.Hour: time.Hour,
		-1: 0, -time.Second: 0, math.MinInt64: 0,
	} {
		if err := s.Set("k", []byte("old"), time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := s.Set("k", []byte("new"), exp); err != nil {
			t.Errorf("Set with %v: %v", exp, err)
		}
		v, err := s.Get("k")
		if err != nil || (v != nil) != (want > 0) || v != nil && string(v) != "new" {
			t.Errorf("after Set with %v Get returns %q, %v", exp, v, err)
		}
		if want == 0 {
			continue
		}
		if left, err := c.TTL(t.Context(), "p:k"); err != nil || left > want || left < want-time.Minute {
			t.Errorf("after Set with %v the time to live is %v, %v", exp, left, err)
		}
	}
}
