package fiberstorage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client/adapters/fiberstorage"
	"github.com/cachegopher/cachegopher/client/internal/tests"
)

// Reset removes all keys that the primary has, and reads return the latest writes, however far behind a secondary is.
func TestSlowSecondary(t *testing.T) {
	g, c := tests.Group(t)
	if err := g.Pause(); err != nil {
		t.Fatal(err)
	}
	s := fiberstorage.New(c, "s:")
	const keys = 100
	for i := range keys {
		k := fmt.Sprint(i)
		if err := s.Set(k, []byte("v"), time.Hour); err != nil {
			t.Fatal(err)
		}
		for range 2 { // round robin would reach each member
			if v, err := s.Get(k); err != nil || string(v) != "v" {
				t.Fatalf("right after Set, Get returned %q, %v", v, err)
			}
		}
	}
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	left := 0
	for i := range keys {
		for range 2 {
			if v, err := s.Get(fmt.Sprint(i)); err != nil || v != nil {
				left++
			}
		}
	}
	if left > 0 {
		t.Errorf("%d of %d reads found a key after Reset", left, 2*keys)
	}
	g.Nodes[0].Kill()
	if err := s.Reset(); err == nil {
		t.Error("Reset without a primary returned nil")
	}
}
