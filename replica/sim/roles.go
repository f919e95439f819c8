package sim

import (
	"errors"
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
		if n.w.notice(n); n.history != nil {
			n.raised(n.history)
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
	asks := p != nil && !serves(p)
	switch e, _ := n.member.Leadership(); {
	case n.history != nil && (p == nil || asks) && e > 0:
		n.reign, n.past = n.history, nil
	case n.history != nil, p != nil && !n.killed && !asks:
		n.reign = nil
	}
	n.primary, n.second, n.history, n.view, n.since = p, s, nil, view{}, n.w.now
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
