package sim

import (
	"time"

	"github.com/cachegopher/cachegopher/replica"
)

func (w *world) tryRefusals() map[string]entry {
	w.begin()
	want := w.crashLead()
	refused := w.rnd.IntN(len(w.nodes)-1) + 1 // at least this one refuses; others may crash
	for i, n := range w.nodes[1:] {
		if i+1 == refused || w.rnd.IntN(2) == 0 {
			n.refuse(w.upTo(40 * time.Second))
		} else {
			n.crash()
		}
	}
	w.lead().start(nil)
	w.until(w.now + time.Minute)
	return want
}

func (w *world) tryStop() map[string]entry {
	w.begin()
	want := w.crashLead()
	w.params.delay = 100 * time.Millisecond
	w.lead().start(nil)
	w.until(w.now + time.Duration(w.rnd.Int64N(int64(10*time.Millisecond))))
	w.lead().halt(2500*time.Millisecond + time.Duration(w.rnd.Int64N(int64(6*time.Second))))
	w.until(w.now + 30*time.Second)
	return want
}

func (w *world) tryCutFetch() map[string]entry {
	w.params.timing = replica.Timing{Beat: time.Second, Ask: 500 * time.Millisecond, RecoverTimeout: time.Second}
	w.params.keys, w.params.large = 400, 20
	w.members(1)
	w.begin()
	want := w.crashLead()
	w.params.turn, w.params.slow = 2000, 2*time.Second // a transfer takes seconds
	w.lead().start(nil)
	w.until(w.now + 700*time.Millisecond)
	for range 1 + w.rnd.IntN(3) {
		w.until(w.now + time.Duration(w.rnd.Int64N(int64(time.Second))))
		if w.lead().serving() {
			break
		}
		for _, c := range w.conns {
			if c.out.from == w.leader {
				w.note("the connection to %s breaks", c.server.n)
				c.cut()
				break
			}
		}
	}
	w.params.turn, w.params.slow = 64<<10, 0
	w.until(w.now + 30*time.Second)
	return want
}

// silence stops n or cuts it off for less than RecoverTimeout.
func (w *world) silence(n *node) {
	d := 3500*time.Millisecond + time.Duration(w.rnd.Int64N(int64(11*time.Second)))
	if w.rnd.IntN(2) == 0 {
		n.halt(d)
		return
	}
	w.note("%s is cut off for %v", n, d.Round(time.Millisecond))
	for i := range w.nodes {
		w.blocked[[2]int{i, n.index}], w.blocked[[2]int{n.index, i}] = true, true
	}
	w.after(d, func() { clear(w.blocked) })
}

func (w *world) trySilence() map[string]entry {
	w.members(2)
	w.begin()
	w.until(w.now + 2*time.Second)
	if err := w.lead().primary.Pause("n1"); err != nil {
		w.fail("pause: %v", err)
	}
	w.writeAll(1)
	w.silence(w.nodes[2])
	return w.restartLead(40 * time.Second)
}

func (w *world) tryClock() map[string]entry {
	w.members(2)
	w.nodes[0].skew = time.Hour
	w.begin()
	// n2 keeps this history; the others forget it.
	p, n1, n2 := w.nodes[0], w.nodes[1], w.nodes[2]
	for _, n := range w.nodes[:2] {
		w.blocked[[2]int{n.index, 2}], w.blocked[[2]int{2, n.index}] = true, true
	}
	p.crash()
	n1.crash()
	p.skew = 0
	p.start(nil)
	n1.start(nil)
	w.until(w.now + 10*time.Second)
	if err := p.primary.Pause(n2.id); err != nil { // else n2 would be made equal to it
		w.fail("pause: %v", err)
	}
	w.writeAll(1)
	clear(w.blocked)
	w.until(w.now + 15*time.Second) // n2 answers, and the primary raises its date
	w.writeAll(1)
	return w.restartLead(30 * time.Second)
}

func (w *world) tryOldPrimary() map[string]entry {
	w.params.changes = true
	w.members(2)
	w.begin()
	w.leader = 1
	for _, n := range w.nodes[1:] { // n0 keeps the old config
		n.crash()
		n.start(nil)
		w.until(w.now + 5*time.Second)
	}
	w.writeAll(1)
	w.silence(w.nodes[2])
	return w.restartLead(40 * time.Second)
}
