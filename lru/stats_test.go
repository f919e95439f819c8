package lru

import (
	"testing"
	"time"
)

// TestStatsMeanwhile asks for figures while a change of the policy, which takes long in a large cache, is under way.
func TestStatsMeanwhile(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 8 << 20, Watch: true, Prefixes: []Prefix{{Name: "a"}}})
	c.limits.Lock() // as SetPolicy and AUTO do
	defer c.limits.Unlock()
	told := make(chan struct{})
	go func() {
		defer close(told)
		c.Stats()
		c.Curve()
		c.Prefixes()
	}()
	select {
	case <-told:
	case <-time.After(20 * time.Second):
		t.Error("the figures wait for the change")
	}
}
