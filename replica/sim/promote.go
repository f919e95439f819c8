package sim

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// promotes reports whether in this seed operators change the primary while the config stays as it was: n0 leads in it. A
// node that restarts goes by that config until a member tells it of a later epoch. The choice avoids named seeds.
func (w *world) promotes() bool { return w.etcd != nil || w.seed%20 == 10 || w.isPromotion() }

// isPromotion reports whether the seed is a trial of one such change, rather than a run with faults at any time.
func (w *world) isPromotion() bool { return w.seed%20 == 18 }

// woken takes a step of the member if it asks for one.
func (n *node) woken() {
	if !n.w.promotes() || !n.alive {
		return
	}
	select {
	case <-n.member.Woken():
		run := n.run
		n.w.after(0, func() {
			n.onceRuns(func() {
				if n.alive && n.run == run {
					n.attend()
				}
			})
		})
	default:
	}
}

// attend does what replica.Member.Run does whenever it is woken.
func (n *node) attend() {
	n.member.Step()
	n.turn()
	if n.second != nil && n.second.Tick(n.now()) && n.w.mutation != NoKnock {
		if n.w.promotes() {
			n.knockPrimary()
		} else {
			n.knock()
		}
	}
}

// knockPrimary tells the node that leads, as far as n knows, that n is up and in which epoch that leads.
func (n *node) knockPrimary() {
	w, run, words := n.w, n.run, n.member.Knocking()
	primary := slices.Index(w.ids(), n.second.Status(n.now()).Primary)
	if primary < 0 {
		return
	}
	to := w.nodes[primary]
	w.after(w.upTo(w.params.delay), func() {
		if w.blocked[[2]int{n.index, to.index}] || !to.alive || to.stopped() {
			return
		}
		answer, _ := to.member.Knock(words[2:]) //nolint:errcheck // it is in the answer
		to.woken()
		w.after(w.upTo(w.params.delay), func() {
			if !w.blocked[[2]int{to.index, n.index}] && n.alive && n.run == run {
				n.member.KnockAnswered(strings.TrimSpace(answer))
				n.woken()
			}
		})
	})
}

// elect notes which node leads in the latest epoch.
func (w *world) elect() {
	best := uint64(0)
	for _, n := range w.nodes {
		if !n.alive || !n.member.Leads() {
			continue
		}
		if e, _ := n.member.Leadership(); e >= best {
			best, w.leader = e, n.index
		}
	}
}

// acknowledged notes that p acknowledges a write: nobody else may do so in its epoch.
func (w *world) acknowledged(p *node) {
	if !w.promotes() || w.etcd != nil { // with etcd see answer
		return
	}
	if w.fenceAt != nil && p != w.fenceAt {
		w.fail("%s acknowledges writes, and %s leads", p, w.fenceAt)
	}
	epoch, _ := p.member.Leadership()
	if other, ok := w.acks[epoch]; ok && other != p.index {
		w.fail("%s and n%d acknowledge writes in epoch %d", p, other, epoch)
	}
	w.acks[epoch] = p.index
}

// promoting has operators hand over and promote by force, at random times.
func (w *world) promoting() {
	if !w.promotes() {
		return
	}
	w.params.changes = true
	chance := rand.New(rand.NewPCG(w.seed, 0x9d2e))
	w.every(1200*time.Millisecond, func() {
		n := w.nodes[chance.IntN(len(w.nodes))]
		switch {
		case w.calm || !n.alive || n.stopped():
		case n.member.Leads():
			w.handTo(n, w.nodes[chance.IntN(len(w.nodes))], func(error) {})
		case chance.IntN(4) == 0:
			w.force(n)
		}
	})
}

// pauses reports whether the node cannot acknowledge writes now, or may not by its fence.
func (n *node) pauses() bool { return n.stopped() || n.member.FencePassed() }

// handTo has old hand over to another node.
func (w *world) handTo(old, to *node, done func(error)) {
	w.note("%s is to hand over to %s", old, to.id)
	if w.mutation == TellFirst {
		epoch, _ := old.member.Leadership()
		w.after(0, func() { w.tell(old, to, epoch) })
	}
	old.member.HandOver(to.id, func(err error) {
		w.note("the hand-over of %s to %s: %v", old, to.id, err)
		done(err)
	})
	old.woken()
}

// tell says to a successor that it leads although its predecessor has not stepped down.
func (w *world) tell(old, to *node, epoch uint64) {
	if !to.alive || to == old {
		return
	}
	for epoch++; epoch%uint64(len(w.nodes)) != uint64(to.index); epoch++ {
	}
	to.member.Knock([]string{"g", old.id, itoa(epoch), to.id}) //nolint:errcheck // a mutation
	to.woken()
}

// force promotes n although its primary may live.
func (w *world) force(n *node) {
	w.note("%s is promoted by force", n)
	if err := n.member.Promote(true); err != nil {
		w.note("it is not: %v", err)
	}
	n.turn()
	n.woken()
}

// promotions are the trials of a change of primary.
var promotions = []func(*world){(*world).tryPlanned, (*world).tryForced, (*world).tryPlanned, (*world).tryLease}

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

// meanwhile are what may happen during a hand-over. Each returns whether what the old primary acknowledged may be lost.
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

// tryPlanned moves the primary around by hand-overs while clients write, with a fault in each at most: unless the old primary dies,
// nothing that it acknowledged is lost, and somebody leads afterwards.
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

// tryForced promotes a member by force while its primary, which is cut off, goes on writing; then all hear each other
// again. The old primary steps down, and counts what is lost.
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

// newer is confirmed with the values that has holds for keys that were written since: those with a later version.
func newer(confirmed, has map[string]entry) map[string]entry {
	all := maps.Clone(has)
	for k, e := range confirmed {
		if now, ok := has[k]; !ok || versionOf(now.value) < versionOf(e.value) {
			all[k] = e
		}
	}
	return all
}
