package node

import (
	"sync"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// slotCounter counts the slots of groups. It keeps the latest result. The zero value is ready. Safe for concurrent use.
type slotCounter struct {
	mu        sync.Mutex
	of        *topology.Topology // whose counts these are
	ownership topology.Ownership
	counts    map[string]int
}

// count returns the number of each group's slots, by its name; nil: slots cannot be assigned to these groups. The map must
// not be changed.
func (s *slotCounter) count(t *topology.Topology) map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == t {
		return s.counts
	}
	s.of, s.counts = t, nil
	owners, err := s.ownership.Of(t)
	if err != nil {
		return nil
	}
	s.counts = make(map[string]int, len(t.Groups))
	for _, g := range owners {
		s.counts[t.Groups[g].Name]++
	}
	return s.counts
}
