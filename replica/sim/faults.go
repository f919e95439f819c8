package sim

import (
	"slices"
	"time"
)

// fault injects a random fault, or copies a node's memory for a later restart.
func (w *world) fault() {
	if w.calm {
		return
	}
	n := w.nodes[w.rnd.IntN(len(w.nodes))]
	switch w.rnd.IntN(10) {
	case 0, 1:
		w.crash(n)
	case 2, 3:
		if len(w.conns) > 0 {
			c := w.conns[w.rnd.IntN(len(w.conns))]
			w.note("the connection to %s breaks", c.server.n)
			c.cut()
		}
	case 4:
		w.partition()
	case 5:
		w.skew(n)
	case 6:
		if n.alive {
			n.remember()
		}
	case 7:
		w.pause()
	case 8:
		w.flap()
	case 9:
		if w.params.changes && !w.promotes() {
			w.reconfigure()
		}
	}
}

func (w *world) crash(n *node) {
	if !n.alive {
		return
	}
	if w.rnd.IntN(3) == 0 {
		n.remember() // it may restart with this copy
	}
	w.note("%s crashes", n)
	n.crash()
	clear(w.model.seen[n.index])
	from := n.old
	if w.rnd.IntN(2) == 0 || w.promotes() { // a lineage is lost with the memory
		from = nil
	}
	w.after(w.upTo(6*time.Second), func() { w.revive(n, from) })
}

func (w *world) revive(n *node, from *memory) {
	if n.alive {
		return
	}
	if n.joins && w.forgot > 0 && w.now < w.forgot+leaseTime { // see etcdFault
		w.after(leaseTime, func() { w.revive(n, from) })
		return
	}
	n.start(from)
	if from != nil {
		w.note("%s starts with old memory, %d entries", n, len(from.entries))
	} else {
		w.note("%s starts empty", n)
	}
}

// flap breaks one connection after the other and at times restarts the secondary with
// its data, so that syncs follow each other closely.
func (w *world) flap() {
	n := w.nodes[w.rnd.IntN(len(w.nodes))]
	w.note("the connections of %s break again and again", n.id)
	for i := range 2 + w.rnd.IntN(6) {
		w.after(time.Duration(i)*w.upTo(time.Second), func() {
			for _, c := range slices.Clone(w.conns) {
				if c.server.n == n && w.rnd.IntN(4) != 0 {
					c.cut()
				}
			}
			if n.alive && n.second != nil && w.rnd.IntN(3) == 0 {
				n.remember()
				w.note("%s crashes and starts at once", n)
				n.crash()
				clear(w.model.seen[n.index])
				if w.promotes() {
					n.old = nil
				}
				w.revive(n, n.old)
			}
		})
	}
}

// reconfigure makes another node the primary, by restarting the nodes one after the
// other with a new config.
func (w *world) reconfigure() {
	w.leader = w.rnd.IntN(len(w.nodes))
	w.note("%s is to be the primary", w.lead().id)
	w.adopt(3 * time.Second)
}

// adopt restarts the nodes whose config is out of date, some of them with their data.
func (w *world) adopt(within time.Duration) {
	if w.promotes() {
		return
	}
	for _, n := range w.nodes {
		w.after(w.upTo(within), func() {
			if !n.alive || n.leader == w.leader {
				return
			}
			if w.switches() {
				n.hup()
				return
			}
			var from *memory
			if w.rnd.IntN(2) == 0 {
				n.remember()
				from = n.old
			}
			w.note("%s stops", n)
			n.crash()
			clear(w.model.seen[n.index])
			w.after(w.upTo(time.Second), func() { w.revive(n, from) })
		})
	}
}

func (w *world) partition() {
	a, b := w.rnd.IntN(len(w.nodes)), w.leader
	if a == b {
		b = (a + 1 + w.rnd.IntN(len(w.nodes)-1)) % len(w.nodes)
	}
	w.blocked[[2]int{a, b}] = true
	both := w.rnd.IntN(2) == 0
	if both {
		w.blocked[[2]int{b, a}] = true
	}
	w.note("n%d cannot reach n%d (the way back works: %v)", a, b, !both)
	w.after(w.upTo(6*time.Second), func() {
		delete(w.blocked, [2]int{a, b})
		delete(w.blocked, [2]int{b, a})
		w.note("n%d and n%d reach each other again", a, b)
	})
}

func (w *world) skew(n *node) {
	n.skew = time.Duration(w.rnd.Int64N(int64(20*time.Second))) - 10*time.Second
	w.note("the clock of %s is %v wrong", n, n.skew.Round(time.Millisecond))
}

func (w *world) pause() {
	p := w.lead()
	if !p.alive || p.primary == nil {
		return
	}
	run := p.run
	w.note("replication pauses")
	if err := p.primary.Pause(""); err != nil {
		w.fail("pause: %v", err)
	}
	w.after(w.upTo(5*time.Second), func() {
		if p.alive && p.run == run && p.primary != nil { // a pause ends with the primary's term
			w.note("replication resumes")
			if err := p.primary.Resume(""); err != nil {
				w.fail("resume: %v", err)
			}
		}
	})
}
