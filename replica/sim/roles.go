package sim

import (
	"errors"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/cachegopher/cachegopher/replica"
)

// obey gives the node the role of its config, as SIGHUP does.
func (n *node) obey() {
	w, leads := n.w, n.leader == n.index
	var err error
	if leads {
		part := n.second != nil && !n.second.Position().Complete
		err = n.member.Lead(0, "g", w.secondariesOf(n))
		if part && w.mutation == PartLeads {
			err = n.member.GiveUp()
		}
	} else {
		err = n.member.Follow(0, "g", w.nodes[n.leader].id, w.ids())
	}
	if err != nil && !errors.Is(err, replica.ErrRecovering) {
		w.fail("%s takes its role: %v", n, err)
	}
	n.turn()
}

// turn takes over a change of the member's role.
func (n *node) turn() {
	p, s := n.member.Part()
	if p == n.primary && s == n.second {
		if p != nil {
			n.w.notice(n)
		}
		return
	}
	if n.history != nil {
		n.follows = n.history // its data is still of that history
	}
	if n.primary != nil {
		for _, d := range n.drivers {
			d.leave()
		}
		n.drivers = nil
	}
	if n.w.promotes() {
		if e, _ := n.member.Leadership(); e > 0 && n.history != nil && p == nil {
			n.reign = n.history
		} else if p != nil {
			n.reign = nil
		}
	}
	n.primary, n.second, n.history, n.view = p, s, nil, view{}
	if p != nil {
		n.w.notice(n)
		n.drive()
	}
	if n.w.promotes() {
		n.w.elect()
	}
}

// admit records whether clients may write.
func (n *node) admit(a replica.Admission) {
	writes := a.Writes == replica.WritesAllowed
	if n.writes && !writes && n.w.mutation == NoSeal {
		return
	}
	if n.writes && !writes {
		n.answer() // whoever changes the role waits for it
	}
	if n.writes && !writes && n.history != nil {
		n.history.read(n.w, true) // to the end: the log is released soon
	}
	n.writes = writes
}

// hup makes the node read the latest config.
func (n *node) hup() {
	if n.alive && !n.stopped() && n.leader != n.w.leader {
		n.leader = n.w.leader
		n.w.note("%s reads a config in which %s is the primary", n, n.w.lead().id)
		n.obey()
	}
}

// switches reports whether in this seed nodes change their roles while they run. The choice avoids seeds that are named
// for other events.
func (w *world) switches() bool { return w.seed%20 == 12 || w.seed%20 == 14 || w.seed%20 == 19 }

// switching changes the primary at random times. It draws from its own source, so that other seeds' runs do not change.
// Nodes learn of a change at any time and in any order, so there may be two primaries or none.
func (w *world) switching() {
	if !w.switches() {
		return
	}
	w.params.changes = true
	chance := rand.New(rand.NewPCG(w.seed, 0x4c3d))
	w.every(1500*time.Millisecond, func() {
		if w.calm {
			return
		}
		to := w.nodes[chance.IntN(len(w.nodes))]
		for _, n := range w.nodes { // prefer one in the middle of a full sync
			if n.alive && n.second != nil && n.second.Status(n.now()).Syncing && chance.IntN(3) == 0 {
				to = n
			}
		}
		w.leader = to.index
		w.note("%s is to lead", to.id)
		for _, n := range w.nodes {
			w.after(time.Duration(chance.Int64N(int64(2*time.Second))), n.hup)
		}
	})
}

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
