package topology

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cachegopher/cachegopher/ring"
)

// Move is a move of slots from one group to another that is under way. From owns them until it is done.
type Move struct {
	ID     string     `json:"id"`
	From   string     `json:"from"`
	To     string     `json:"to"`
	Ranges SlotRanges `json:"ranges"`
}

// After returns the assignment after a move. The move's slots that From does not own stay with their owners.
func (s *Slots) After(m *Move) *Slots {
	owners := s.ByName()
	for slot := range m.Ranges.All() {
		if owners[slot] == m.From {
			owners[slot] = m.To
		}
	}
	return NewSlots(s.Version, owners)
}

// OwnedBy reports whether the group owns all these slots.
func (s *Slots) OwnedBy(group string, slots SlotRanges) bool {
	owners := s.ByName()
	for slot := range slots.All() {
		if owners[slot] != group {
			return false
		}
	}
	return true
}

// check returns an error unless the move names two of the groups and slots.
func (m *Move) check(groups []Group) error {
	for _, name := range []string{m.From, m.To} {
		if !slices.ContainsFunc(groups, func(g Group) bool { return g.Name == name }) {
			return fmt.Errorf("topology: move %q names %q, which is not a group", m.ID, name)
		}
	}
	if m.ID == "" || m.From == m.To {
		return fmt.Errorf("topology: move %q has no id or is from %q to itself", m.ID, m.From)
	}
	if err := m.Ranges.check(); err != nil {
		return fmt.Errorf("topology: move %q: %w", m.ID, err)
	}
	return nil
}

// CheckSlots returns an error if the slots' owners or the moves contradict the groups or each other.
func (t *Topology) CheckSlots() error {
	if t.Slots == nil && len(t.Moves) > 0 {
		return errors.New("topology: there are moves of slots, and no owners of slots")
	}
	if t.Slots == nil {
		return nil
	}
	var moved [ring.Slots]string // the move of each slot
	ids := map[string]bool{}
	owners := t.Slots.ByName()
	for _, m := range t.Moves {
		if err := m.check(t.Groups); err != nil {
			return err
		}
		if ids[m.ID] {
			return fmt.Errorf("topology: two moves are called %q", m.ID)
		}
		ids[m.ID] = true
		for slot := range m.Ranges.All() {
			if other := moved[slot]; other != "" || owners[slot] != m.From {
				return fmt.Errorf("topology: slot %d of move %q is moved by %q too, or does not belong to %q", slot, m.ID, other, m.From)
			}
			moved[slot] = m.ID
		}
	}
	return t.Slots.within(t.Groups)
}
