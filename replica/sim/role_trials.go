package sim

import (
	"maps"
	"time"
)

// Trials of changes of role while all nodes run.

// everywhere makes clients write to every node that accepts writes.
func (w *world) everywhere() {
	for _, n := range w.nodes {
		if n.alive && n.writes && n.primary != nil && !(w.promotes() && n.pauses()) {
			w.notice(n)
			if n.history != nil {
				w.change(n)
			}
		}
	}
}

// during makes clients write to every node that accepts writes, for d.
func (w *world) during(d time.Duration) {
	for end := w.now + d; w.err == nil && w.now < end; w.until(w.now + time.Millisecond) {
		w.everywhere()
	}
}

// handOver makes the node to the primary in the right order: the old primary follows first, then the new one leads.
// Clients write meanwhile.
func (w *world) handOver(to int) {
	old := w.lead()
	w.leader = to
	old.hup()
	w.after(time.Millisecond, func() {
		if old.alive {
			old.attend() // the member has been woken
		}
	})
	for end := w.now + 10*time.Second; w.err == nil && old.primary != nil; w.during(time.Millisecond) {
		if w.now > end {
			w.fail("%s does not follow", old)
		}
	}
	w.lead().hup()
	for _, n := range w.nodes {
		w.after(w.upTo(time.Second), n.hup)
	}
}

// tryHandOver moves the primary a few times. No acknowledged write may be lost.
func (w *world) tryHandOver() map[string]entry {
	w.params.changes = true
	w.members(1 + w.rnd.IntN(3))
	w.begin()
	for range 2 + w.rnd.IntN(4) {
		w.writeAll(1 + len(w.nodes))
		w.during(w.upTo(100 * time.Millisecond))
		old := w.lead()
		before := old.history
		for range 20 { // a rule by which the old primary does not send these is noticed every time
			w.change(old)
		}
		w.handOver((w.leader + 1 + w.rnd.IntN(len(w.nodes)-1)) % len(w.nodes))
		if w.err != nil {
			return nil
		}
		want := maps.Clone(before.now)
		if !w.lead().serving() {
			w.fail("%s does not serve at once: %+v", w.lead(), w.lead().primary.Status(w.lead().now()))
			return nil
		}
		w.holds(w.lead(), "has been handed everything", want)
		w.during(500 * time.Millisecond)
		w.until(w.now + 3*time.Second)
	}
	w.writeAll(1)
	return maps.Clone(w.lead().history.now)
}

// tryTwoLeaders makes the new primary lead before the old one learns of it. Clients write to both. The writes that the
// new one acknowledged must survive.
func (w *world) tryTwoLeaders() map[string]entry {
	w.params.changes = true
	w.members(1 + w.rnd.IntN(3))
	w.begin()
	old := w.lead()
	w.leader = 1
	w.lead().hup()
	w.during(w.upTo(3 * time.Second))
	if !w.lead().serving() || !old.writes {
		w.fail("there are not two primaries: this trial tests nothing")
		return nil
	}
	for _, n := range w.nodes[2:] {
		w.after(w.upTo(3*time.Second), n.hup)
	}
	w.during(w.upTo(time.Second))
	old.hup()
	w.during(3 * time.Second)
	w.until(w.now + 5*time.Second)
	return maps.Clone(w.lead().history.now)
}

// tryPartLeads makes a secondary lead while a full sync has brought it only a part. It must take the rest from the old
// primary.
func (w *world) tryPartLeads() map[string]entry {
	w.params.changes = true
	w.members(1 + w.rnd.IntN(2))
	w.params.keys, w.params.batch, w.params.large = 3000, 1000, 30
	w.begin()
	last := w.nodes[len(w.nodes)-1]
	last.crash()
	for range 10 {
		w.writeAll(len(w.nodes) - 2)
	}
	w.params.window, w.params.slow, w.params.delay = 1000, 3*time.Millisecond, 20*time.Millisecond
	last.start(nil)
	for end := w.now + 20*time.Second; w.err == nil && !(last.hasPart() && len(last.contents()) < len(w.lead().history.now)*9/10); w.until(w.now + time.Millisecond) {
		if w.now > end {
			w.fail("no full sync is seen under way: this trial tests nothing")
		}
	}
	if w.err != nil {
		return nil
	}
	old, want := w.lead(), maps.Clone(w.lead().history.now)
	w.leader = last.index
	first, second := old, last
	if w.rnd.IntN(2) == 0 {
		first, second = last, old
	}
	first.hup()
	w.until(w.now + w.upTo(3*time.Second))
	second.hup()
	for _, n := range w.nodes {
		w.after(w.upTo(time.Second), n.hup)
	}
	w.params.slow = 0
	w.until(w.now + time.Minute)
	return want
}

// tryCutOff hands over to a secondary that cannot be reached. It leads with the data that it has confirmed, and the old
// primary follows it once it can.
func (w *world) tryCutOff() map[string]entry {
	w.params.changes = true
	w.members(1)
	w.begin()
	w.writeAll(1)
	want := maps.Clone(w.lead().history.now)
	old, to := w.lead(), w.nodes[1]
	w.blocked[[2]int{0, 1}], w.blocked[[2]int{1, 0}] = true, true
	for range w.rnd.IntN(100) { // these writes are lost
		w.change(old)
		w.until(w.now + time.Millisecond)
	}
	w.leader = 1
	old.hup()
	to.hup()
	w.until(w.now + w.upTo(8*time.Second))
	clear(w.blocked)
	w.until(w.now + 20*time.Second)
	if old.primary != nil {
		w.fail("%s does not follow", old)
	}
	return want
}
