package client

import (
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// TestLateAnswers: nodes take longer to answer TOPOLOGY than a query waits. They are not asked again meanwhile, and their
// answers are used.
func TestLateAnswers(t *testing.T) {
	s := newFakeSlots(t)
	s.tell(s.assigned(1, allA))
	c := s.client()
	is, before := s.assigned(2, allB), s.count("TOPOLOGY")
	s.tell(is)
	s.put(1, "k", "7")
	for i := range s.nodes[0] {
		release := s.hold(0, i, "TOPOLOGY")
		time.AfterFunc(3*queryLimit, release)
	}
	if v, err := c.Get(testkit.Within(t, 20*time.Second), "k"); err != nil || string(v) != "7" {
		t.Errorf("%q, %v", v, err)
	}
	if n := s.count("TOPOLOGY") - before; n == 0 || n > 2 {
		t.Errorf("TOPOLOGY was asked for %d times", n)
	}
}
