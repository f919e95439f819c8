package sim

import (
	"maps"
	"slices"
	"time"
)

// promotions are the trials of a change of primary.
var promotions = []func(*world){(*world).tryPlanned, (*world).tryForced, (*world).tryTwoDeaths, (*world).tryLease,
	(*world).tryPlanned, (*world).tryForced, (*world).tryPlanned, (*world).tryLease}

// promotion runs the seed's trial, and compares the members.
func (w *world) promotion() {
	w.gentle()
	w.params.changes = true
	w.members(1 + w.rnd.IntN(3))
	w.begin()
	if w.err == nil {
		promotions[w.seed/20%uint64(len(promotions))](w)
	}
	if w.err == nil {
		w.settle()
	}
}

// meanwhile lists what may happen during a hand-over. Each returns whether acknowledged writes of the old primary may be lost.
var meanwhile = []func(w *world, old, to *node) (mayLose bool){
	func(*world, *node, *node) bool { return false },
	func(*world, *node, *node) bool { return false },
	func(w *world, old, _ *node) bool { w.crash(old); return true },
	func(w *world, _, to *node) bool { w.crash(to); return false },
	func(w *world, _, to *node) bool {
		for _, c := range slices.Clone(w.conns) {
			if c.server.n == to {
				c.cut()
			}
		}
		return false
	},
	func(w *world, old, to *node) bool {
		a, b := [2]int{old.index, to.index}, [2]int{to.index, old.index}
		w.blocked[a], w.blocked[b] = true, true
		w.after(w.upTo(4*time.Second), func() { delete(w.blocked, a); delete(w.blocked, b) })
		return false
	},
	func(w *world, old, _ *node) bool { old.halt(w.upTo(3 * time.Second)); return false },
	func(w *world, _, to *node) bool { to.halt(w.upTo(3 * time.Second)); return false },
}

// tryPlanned changes the primary by hand-overs while clients write, each with one fault at most. Unless the old primary dies,
// no acknowledged write is lost. Afterwards some node leads.
func (w *world) tryPlanned() {
	for range 2 + w.rnd.IntN(4) {
		w.writeAll(len(w.nodes) - 1)
		w.during(w.upTo(200 * time.Millisecond))
		old, before := w.lead(), w.lead().history
		to := w.nodes[(old.index+1+w.rnd.IntN(len(w.nodes)-1))%len(w.nodes)]
		var ended *error
		w.handTo(old, to, func(err error) { ended = &err })
		mayLose := false
		fault := meanwhile[w.rnd.IntN(len(meanwhile))]
		w.after(w.upTo(2*w.params.delay+20*time.Millisecond), func() { mayLose = fault(w, old, to) })
		w.during(6 * time.Second)
		if ended == nil && !mayLose && w.err == nil {
			w.fail("the hand-over of %s does not end", old)
		}
		for _, n := range w.nodes {
			w.revive(n, nil)
		}
		w.until(w.now + 8*time.Second)
		if w.err != nil {
			return
		}
		p := w.lead()
		if !p.serving() || p.history == nil {
			w.fail("nobody leads after the hand-over of %s to %s", old.id, to.id)
			return
		}
		if lost := before.lostTo(p.history); lost > 0 && !mayLose {
			w.fail("%s led from offset %d on: %d writes that %s acknowledged before it handed over are lost", p, p.history.start, lost, old)
		}
	}
}

// tryForced promotes a member by force while its primary is cut off and goes on taking writes. When all reach each other
// again, the old primary steps down and counts the lost writes.
func (w *world) tryForced() {
	for range 1 + w.rnd.IntN(3) {
		w.writeAll(len(w.nodes) - 1)
		old := w.lead()
		confirmed := maps.Clone(old.history.now)
		n := w.nodes[(old.index+1+w.rnd.IntN(len(w.nodes)-1))%len(w.nodes)]
		for _, other := range w.nodes {
			w.blocked[[2]int{old.index, other.index}], w.blocked[[2]int{other.index, old.index}] = true, true
		}
		w.during(w.upTo(300 * time.Millisecond))
		w.force(n)
		if w.err == nil && n.serving() {
			w.holds(n, "is promoted by force with what all have confirmed, but for what is newer", newer(confirmed, n.contents()))
		}
		w.during(w.upTo(4 * time.Second))
		clear(w.blocked)
		w.until(w.now + 15*time.Second)
		if w.err == nil && (old.member.Leads() || w.lead() != n) {
			w.fail("%s leads, not %s, which was promoted", w.lead(), n)
		}
		if w.err != nil {
			return
		}
	}
}

// newer returns confirmed, with the later versions that has holds in place of earlier ones.
func newer(confirmed, has map[string]entry) map[string]entry {
	all := maps.Clone(has)
	for k, e := range confirmed {
		if now, ok := has[k]; !ok || versionOf(now.value) < versionOf(e.value) {
			all[k] = e
		}
	}
	return all
}
