package sim

import (
	"maps"
	"slices"
	"time"
)

// request is a run of a session over clients' writes: they are executed, and answered a little later.
type request struct {
	epoch uint64
	run   int
}

// ask makes clients send writes to the node; it answers them together.
func (n *node) ask() {
	w := n.w
	if w.idle || n.request != nil || !n.alive || !n.writes || n.primary == nil || n.pauses() {
		return
	}
	w.notice(n)
	if n.history == nil {
		return
	}
	epoch, _ := n.member.Leadership()
	r := &request{epoch, n.run}
	n.request = r
	for range 1 + w.rnd.IntN(5) {
		w.change(n)
	}
	w.after(w.upTo(100*time.Millisecond), func() {
		n.onceRuns(func() {
			if n.request == r && n.alive && n.run == r.run {
				n.answer()
			}
		})
	})
}

// answer ends the run: the writes are acknowledged, unless the fence is over by then.
func (n *node) answer() {
	r := n.request
	n.request = nil
	if r == nil || n.member.FencePassed() && n.w.mutation != BegunInTime {
		return
	}
	n.w.acknowledgedIn(n, r.epoch)
}

// acknowledgedIn checks that nobody else acknowledges writes in an epoch, and nobody in an earlier one once a later one has.
func (w *world) acknowledgedIn(n *node, epoch uint64) {
	if other, ok := w.acks[epoch]; ok && other != n.index {
		w.fail("%s and n%d acknowledge writes in epoch %d", n, other, epoch)
	}
	if epoch < w.acked && w.forgotten() {
		maps.DeleteFunc(w.acks, func(e uint64, _ int) bool { return e > epoch })
		w.acked = epoch
	}
	if epoch < w.acked {
		w.fail("%s acknowledges writes in epoch %d, and n%d in epoch %d", n, epoch, w.acks[w.acked], w.acked)
	}
	if epoch > w.acked {
		w.acked, w.ackedAt = epoch, w.now
	}
	w.acks[epoch] = n.index
	w.acknowledgements++
}

// forgotten reports that nobody can know of the latest epoch in which writes were acknowledged: etcd has lost data since
// then, and the processes that had heard of it have ended. Whoever lives goes on in an earlier one.
func (w *world) forgotten() bool {
	if w.etcd == nil || w.etcd.lost < w.ackedAt {
		return false
	}
	return !slices.ContainsFunc(w.nodes, func(n *node) bool {
		if !n.alive {
			return false
		}
		known, _ := n.member.Leadership()
		return known >= w.acked
	})
}

// changed tells the node's coordinator that it leads in an epoch that others have told.
func (n *node) changed(_ uint64, primary string) {
	if n.elector != nil && primary == n.id {
		n.elector.turns.Led(n.w.mutation == RestartsUnfenced)
	}
}
