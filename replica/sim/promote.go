package sim

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/epochs"
)

// promotes reports whether the primary changes by epochs in this seed: operators choose it, or etcd. The config stays as it
// was, with n0 as the primary; a node that restarts goes by it until a member reports a later epoch. The choice avoids named
// seeds.
func (w *world) promotes() bool { return w.etcd != nil || w.seed%20 == 10 || w.isPromotion() }

// isPromotion reports whether the seed is a trial of changes by operators, rather than a run with faults at any time.
func (w *world) isPromotion() bool { return w.seed%20 == 18 }

// woken lets the member take a step if it has asked for one.
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

// knockPrimary tells n's primary that n is up, and the epoch that n knows.
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
	w.scatter(chance)
}

// pauses reports whether the node acknowledges no writes now: its process is stopped, or its fence has passed.
func (n *node) pauses() bool { return n.stopped() || n.member.FencePassed() }

// handTo has old hand over to another node.
func (w *world) handTo(old, to *node, done func(error)) {
	w.note("%s is to hand over to %s", old, to.id)
	epoch, _ := old.member.Leadership()
	if w.mutation == TellFirst {
		w.after(0, func() { w.tell(old, to, epoch) })
	}
	old.member.HandOver(to.id, func(err error) {
		w.note("the hand-over of %s to %s: %v", old, to.id, err)
		if next := epochs.Next(epoch, to.id); err == nil && !(to.killed && to.reign.epoch >= next) {
			to.granted = next
		}
		done(err)
	})
	old.woken()
}

// tell tells a successor that it leads although its predecessor has not stepped down.
func (w *world) tell(old, to *node, epoch uint64) {
	if !to.alive || to == old {
		return
	}
	epoch = epochs.Next(epoch, to.id)
	words := []string{"g", old.id, itoa(epoch), to.id}
	if to.second != nil {
		pos := to.second.Position()
		words = append(words, pos.IDText(), itoa(pos.Offset))
	}
	to.member.Knock(words) //nolint:errcheck // a mutation
	to.woken()
}

// force promotes n although its primary may live.
func (w *world) force(n *node) {
	w.note("%s is promoted by force", n)
	if err := n.member.Promote(true); err != nil {
		w.note("it is not: %v", err)
	} else if n.member.Leads() {
		n.granted, _ = n.member.Leadership()
	}
	n.turn()
	n.woken()
}
