package coordination

import (
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
)

// TestGroupForgotten: the primary of another group forgets the members of a group that is gone, and what it had to remove, unless
// it owns or gets slots, or no assignment is stored, or the config names it.
func TestGroupForgotten(t *testing.T) {
	owners := make([]string, ring.Slots)
	for i := range owners {
		owners[i] = "a"
	}
	all := topology.NewSlots(5, owners)
	owners[7] = "z"
	part := topology.NewSlots(5, owners)
	move := []topology.Move{{ID: "5.1", From: "a", To: "z", Ranges: topology.SlotRanges{{First: 1, Last: 2}}}}
	back := []topology.Move{{ID: "5.1", From: "z", To: "a", Ranges: topology.SlotRanges{{First: 1, Last: 2}}}}
	for name, c := range map[string]struct {
		has        Assignment
		configured bool
		lives      bool
		want       bool
	}{
		"it owns nothing":     {has: Assignment{Slots: all}, want: true},
		"it owns a slot":      {has: Assignment{Slots: part}},
		"it gets slots":       {has: Assignment{Slots: all, Moves: move}},
		"it removed entries":  {has: Assignment{Slots: all, Removing: back}, want: true},
		"no assignment":       {},
		"the config names it": {has: Assignment{Slots: all}, configured: true},
		"a member lives":      {has: Assignment{Slots: all}, lives: true},
	} {
		s := newSubject(t, true)
		s.o.ForgetAfter = 20 * time.Second
		if c.configured {
			s.o.Config.Groups = append(s.o.Config.Groups, topology.Group{Name: "z"})
		}
		s.has(t, 1, 10, func() {
			s.registers("c", ownLease, "first")
			s.led("c", 5, ownLease)
			s.record(s.k.known("z", "y"), memberRecord{Format: format, Addresses: []string{"y:1"}, Joined: true}, 0)
			if c.lives {
				s.record(s.k.member("z", "y"), memberRecord{Format: format, Addresses: []string{"y:1"}, Joined: true}, 99)
			}
			if c.has.Slots != nil {
				s.record(s.k.slots(), slotsRecord{Format: format, Assignment: c.has}, 0)
			}
		})
		began := s.clock
		s.takeTurns(t.Context(), 2*s.o.ForgetAfter, func() bool { return s.forgot != "" })
		if forgot := s.forgot == s.k.known("z", ""); forgot != c.want || forgot && s.clock < began+s.o.ForgetAfter {
			t.Errorf("%s: forgot %q after %v", name, s.forgot, s.clock-began)
		}
		if len(c.has.Removing) > 0 && (!strings.Contains(s.wrote, `"slots"`) || strings.Contains(s.wrote, "removing")) {
			t.Errorf("%s: the assignment is %.60q", name, s.wrote)
		}
	}
}
