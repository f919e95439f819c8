package sim

import (
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/replica"
)

// RunKept simulates a group with etcd whose nodes keep their memory: its lead is handed over a few times in quick
// succession, while clients write; then all members stop in order, at about the same time, and all start again while etcd is
// slow for some of them. If all have registered within failover_after, nothing that was acknowledged may be missing when they
// are back. In a third of the seeds all are killed instead: see killAll. It returns a *Failure if a rule was broken.
func RunKept(seed uint64, o Options) error {
	w := newWorld(seed, o)
	w.gentle()
	w.params.changes = true
	w.params.timing = replica.Timing{Beat: beat, RecoverTimeout: 20 * time.Second}
	w.params.delay = time.Millisecond + w.upTo(10*time.Millisecond)
	w.members(1 + w.rnd.IntN(3))
	w.keeps = true
	w.etcd = newEtcd(w)
	w.etcd.slow, w.etcd.late = map[*node]time.Duration{}, map[*node]time.Duration{}
	for _, n := range w.nodes {
		n.start(nil)
	}
	w.until(4 * time.Second)
	if w.rnd.IntN(3) == 0 {
		w.killAll()
	} else {
		w.restartAll()
	}
	if w.err == nil {
		w.settle()
	}
	return w.end()
}

// restartAll is a round of RunKept.
func (w *world) restartAll() {
	w.changeOften()
	for _, i := range w.rnd.Perm(len(w.nodes)) {
		w.nodes[i].leave()
		w.busy(w.upTo(400 * time.Millisecond))
	}
	w.down()
	if w.startAll() {
		w.lacksNothing()
	}
}

// changeOften hands the lead over a few times in quick succession, while clients write.
func (w *world) changeOften() {
	w.busy(300*time.Millisecond + w.upTo(time.Second))
	for range w.rnd.IntN(3) {
		if old := w.lead(); old.alive && old.member.Leads() {
			w.handTo(old, w.nodes[w.rnd.IntN(len(w.nodes))], func(error) {})
		}
		w.busy(w.upTo(100 * time.Millisecond))
	}
}

// startAll starts all members, while etcd is slow for some of them, and waits until one leads. It reports whether all have registered
// within failover_after.
func (w *world) startAll() (inTime bool) {
	w.etcd.joined = nil
	within := []time.Duration{leaseTime / 20, leaseTime}[w.rnd.IntN(2)]
	for _, n := range w.nodes {
		w.slowEtcd(n)
		w.after(time.Duration(w.rnd.Int64N(int64(within))), func() { w.revive(n, nil) })
	}
	w.back()
	clear(w.etcd.slow)
	clear(w.etcd.late)
	w.goesOn()
	all := w.etcd.joined
	return len(all) > 0 && slices.Max(all)-slices.Min(all) < leaseTime
}

// slowEtcd makes etcd slow for a node, in one of the ways in which it can be.
func (w *world) slowEtcd(n *node) {
	switch w.rnd.IntN(6) {
	case 0, 1:
		w.etcd.slow[n] = 1 + w.upTo(requestTimeout/2)
	case 2:
		w.etcd.late[n] = w.upTo(leaseTime / 2)
	case 3:
		w.etcd.late[n] = leaseTime + w.upTo(2*leaseTime)
	}
}

// down waits until all processes have ended.
func (w *world) down() {
	isUp := func(n *node) bool { return n.alive }
	for end := w.now + 10*time.Second; w.err == nil && slices.ContainsFunc(w.nodes, isUp); w.until(w.now + 5*time.Millisecond) {
		if w.now > end {
			w.fail("processes do not stop")
		}
	}
}

// back waits until all members run and one of them leads, and a little longer.
func (w *world) back() {
	isDown := func(n *node) bool { return !n.alive }
	for end := w.now + 10*leaseTime; w.err == nil; w.busy(100 * time.Millisecond) {
		if p := w.lead(); !slices.ContainsFunc(w.nodes, isDown) && p.serving() && p.member.Leads() {
			break
		}
		if w.now > end {
			w.fail("nobody leads, although all members are back")
		}
	}
	w.busy(leaseTime/2 + w.upTo(leaseTime))
}

// lacksNothing fails if the primary lacks writes of an earlier one that had not lost them itself.
func (w *world) lacksNothing() {
	p := w.lead()
	if w.err != nil {
		return
	}
	if !p.serving() || p.history == nil {
		w.fail("nobody leads, although all members are back")
		return
	}
	for _, h := range w.reigns {
		if lost := h.lostTo(p.history); lost > 0 && !h.ended {
			w.fail("%s leads, and lacks %d writes that %s acknowledged in epoch %d", p, lost, h.of.id, h.epoch)
		}
	}
}
