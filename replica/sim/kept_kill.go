package sim

import (
	"maps"
	"slices"
	"time"
)

// noteTime is longer than it takes until a node has noted that it leads.
const noteTime = 300 * time.Millisecond

// remains are what killed nodes have left, by node; nil: a part of the data, or memory that its next process cannot use.
type remains []map[string]entry

// killAll is the round of RunKept in which all members are killed at about the same time and start again. Some of them find that they
// cannot use what they have left. The group goes on with all that one member had: what the last primary had if that is there, and
// if it had led for long enough to have noted that.
func (w *world) killAll() {
	w.changeOften()
	w.busy(w.upTo(2 * noteTime))
	last, had := w.lead(), make(remains, len(w.nodes))
	noted, reigns := last.primary != nil && last.serving() && w.now-last.since > noteTime, len(w.reigns)
	order := w.rnd.Perm(len(w.nodes))
	if w.rnd.IntN(2) == 0 { // the primary last: it has more than the others
		order = append(slices.DeleteFunc(order, func(i int) bool { return i == last.index }), last.index)
	}
	for _, i := range order {
		had[i] = w.kill(w.nodes[i])
		w.busy(time.Duration(w.rnd.Int64N(int64(20 * time.Millisecond))))
	}
	before := len(w.reigns)
	if before > reigns { // another one has taken the last primary's place meanwhile
		last, noted = w.reigns[before-1].of, false
	}
	inTime := w.startAll()
	if w.err != nil {
		return
	}
	if len(w.reigns) == before {
		w.fail("nobody leads, although all members are back")
		return
	}
	h := w.reigns[before]
	is := h.base
	switch whose := slices.IndexFunc(had, func(m map[string]entry) bool { return m != nil && w.same(m, is) }); {
	case had[last.index] != nil && noted && inTime && !w.same(had[last.index], is):
		w.fail("%s leads after all were killed with %d entries, not with the %d of %s, the last primary", h.of, len(is), len(had[last.index]), last.id)
	case len(is) == 0 && had[last.index] == nil: // it has led again without asking members that do not run yet
	case whose < 0 && slices.ContainsFunc(had, func(m map[string]entry) bool { return m != nil }):
		w.fail("%s leads after all were killed with %d entries, which no member had", h.of, len(is))
	}
}

// kill ends the node's process at once, and returns what its store has, if the next process can use that.
func (w *world) kill(n *node) map[string]entry {
	w.note("%s is killed", n)
	all := n.contents()
	part := n.second != nil && !n.second.Position().Complete || n.primary != nil && !n.serving()
	n.crash()
	clear(w.model.seen[n.index])
	if w.rnd.IntN(4) == 0 {
		w.note("what %s has left cannot be used", n)
		n.left.close(w)
		n.left = nil
		return nil
	}
	if part {
		return nil
	}
	return all
}

// same reports whether a and b have the same entries, but for those that have expired by now.
func (w *world) same(a, b map[string]entry) bool {
	live := func(all map[string]entry) map[string]entry {
		all = maps.Clone(all)
		maps.DeleteFunc(all, func(_ string, e entry) bool { return w.over(e) })
		return all
	}
	return maps.Equal(live(a), live(b))
}
