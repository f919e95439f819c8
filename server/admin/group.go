package admin

import (
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/internal/curve"
)

// Group is the state of a group of servers, as its members report it.
type Group struct {
	Name string
	// Leader is the id of the primary; empty: no member that answered leads.
	Leader string `json:",omitempty"`
	Epoch  int64  // the highest that a member knows; 0: the primary is the config's
	// LostWrites is the number of writes since the members' start that members acknowledged as primaries and the group lost.
	LostWrites int64
	Changes    []Change `json:",omitempty"` // of the primary, the latest first
	// Slots are those of the latest assignment that a member knows; -1: without etcd, slots do not move.
	Slots, SlotsVersion int64
	Moves               []Move  `json:",omitempty"` // of slots, from this group to others
	HeldMS              float64 // for which its last hand-over of slots held writes; -1: there was none
	// Curve is what the members predict together for other memory, of each of them as many times as much.
	Curve curve.Group
}

// Move is a move of slots to another group.
type Move struct {
	From, To string
	Slots    int64
	State    string  // waiting, copying, handing over or removing
	Walked   float64 // share of the giver's store that has been looked at, 0 to 1
	Rate     float64 // bytes a second
	LeftS    float64 // seconds until the hand-over; 0: not known
	Failed   int64   // attempts
	Error    string  `json:",omitempty"` // of the attempt before
}

// Change is a change of a group's primary.
type Change struct {
	At       time.Time
	Epoch    int64 // 0: by the config
	From, To string
}

// shownChanges is the number of changes that are listed for a group.
const shownChanges = 8

// groupsOf sums up the members' groups, in the order of members.
func groupsOf(members []Member) (groups []Group) {
	for _, m := range members {
		at := slices.IndexFunc(groups, func(g Group) bool { return g.Name == m.Group })
		if at < 0 {
			at = len(groups)
			groups = append(groups, Group{Name: m.Group, Slots: -1, HeldMS: -1})
		}
		if m.Error == "" {
			groups[at].hear(&m)
		}
		groups[at].Curve.Add(m.ID, m.Curve)
	}
	for i := range groups {
		groups[i].Curve.Finish()
		all := groups[i].Changes
		slices.SortStableFunc(all, func(a, b Change) int { return b.At.Compare(a.At) })
		groups[i].Changes = all[:min(len(all), shownChanges)]
	}
	return groups
}

// hear adds a member's report. Of several members that report themselves as primary, the one of the highest epoch leads.
func (g *Group) hear(m *Member) {
	if m.Role == "primary" && (g.Leader == "" || m.Epoch >= g.Epoch) {
		g.Leader, g.Moves, g.HeldMS = m.ID, m.Moves, m.HeldMS
	}
	if m.Slots >= 0 && (g.Slots < 0 || m.SlotsVersion > g.SlotsVersion) {
		g.Slots, g.SlotsVersion = m.Slots, m.SlotsVersion
	}
	g.Epoch = max(g.Epoch, m.Epoch)
	g.LostWrites += m.LostWrites
	for _, c := range m.Changes {
		at := slices.IndexFunc(g.Changes, func(o Change) bool { return o.same(c) })
		switch {
		case at < 0:
			g.Changes = append(g.Changes, c)
		case c.At.Before(g.Changes[at].At):
			g.Changes[at].At = c.At
		}
	}
}

// sameChange is the longest time between two members' records of one change by the config, which has no epoch.
const sameChange = 10 * time.Second

// same reports whether two members' records are of one change. Each member has recorded its own time.
func (c Change) same(o Change) bool {
	return c.Epoch == o.Epoch && c.From == o.From && c.To == o.To && (c.Epoch > 0 || c.At.Sub(o.At).Abs() < sameChange)
}
