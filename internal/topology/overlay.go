package topology

import "slices"

// doneMove is a move of which the node has learned that it is done as of a version of the assignment.
type doneMove struct {
	Move
	version uint64
}

// Moved records that m is done as of a version of the assignment, before the node's own source says so: Now has the slots'
// new owners at once. The version of the assignment stays that of the source, whose assignment holds again once it has reached
// the move's version.
func (l *Live) Moved(m Move, version uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done = append(l.done, doneMove{m, version})
	l.renew()
}

// overlay lays the moves over t of which its assignment does not know yet, and forgets the others. REQUIRES mu.
func (l *Live) overlay(t *Topology) *Topology {
	if t.Slots == nil {
		return t
	}
	l.done = slices.DeleteFunc(l.done, func(d doneMove) bool { return d.version <= t.Slots.Version })
	if len(l.done) == 0 {
		return t
	}
	over := *t
	for _, d := range l.done {
		if slices.ContainsFunc(t.Groups, func(g Group) bool { return g.Name == d.To }) {
			over.Slots = over.Slots.After(&d.Move)
			over.Moves = slices.DeleteFunc(slices.Clone(over.Moves), func(m Move) bool { return m.ID == d.ID })
		}
	}
	return &over
}
