package sim

import (
	"slices"
	"time"
)

// request is a batch of clients' writes, which are executed at once and answered a little later, as sessions do.
type request struct {
	epoch uint64
	run   int
}

// ask makes clients send writes to the node; it answers them together.
func (n *node) ask() {
	w := n.w
	if w.idle || n.leaves || n.request != nil || !n.alive || !n.writes || n.primary == nil || n.pauses() {
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

// answer acknowledges the writes of the batch, unless the fence has passed by then.
func (n *node) answer() {
	r := n.request
	n.request = nil
	if r == nil || n.member.FencePassed() && n.w.mutation != BegunInTime {
		return
	}
	epoch, primary := n.member.Leadership()
	if primary != n.id {
		epoch = r.epoch
	} // else its term may go on in a later epoch, with the same data
	n.w.acknowledgedIn(n, epoch)
}

// acknowledgedIn notes that n acknowledges writes in an epoch. It fails if another node has done so in this epoch, or any in
// a later one.
func (w *world) acknowledgedIn(n *node, epoch uint64) {
	if other, ok := w.acks[epoch]; ok && other != n.index {
		w.fail("%s and n%d acknowledge writes in epoch %d", n, other, epoch)
	}
	if epoch < w.acked && !w.unheard(n, epoch) {
		w.fail("%s acknowledges writes in epoch %d, and n%d in epoch %d", n, epoch, w.acks[w.acked], w.acked)
	}
	if epoch > w.acked {
		w.acked, w.ackedAt = epoch, w.now
	}
	if epoch == w.acked {
		w.apart = 0
	}
	w.acks[epoch] = n.index
	w.acknowledgements++
}

// forget lets the group go on in an earlier epoch once nothing in the world can know of the latest. It is called whenever a
// process ends, and whenever etcd loses data.
func (w *world) forget() {
	if w.forgotten(func(n *node) bool { return n.alive }) {
		w.acked = 0
	}
}

// forgotten reports whether nothing can tell of the latest epoch in which writes were acknowledged: etcd has lost data since
// then, and none of the nodes that tells knows it.
func (w *world) forgotten(tells func(*node) bool) bool {
	if w.etcd == nil || w.etcd.lost < w.ackedAt {
		return false
	}
	return !slices.ContainsFunc(w.nodes, func(n *node) bool {
		if !tells(n) {
			return false
		}
		known, _ := n.member.Leadership()
		return known >= w.acked
	})
}

// unheard reports whether n may acknowledge writes in an epoch earlier than the latest: when it began to lead nobody could
// tell it of that. It may go on until the latest primary acknowledges writes again.
func (w *world) unheard(n *node, epoch uint64) bool {
	tells := func(o *node) bool {
		return o.alive && !o.stopped() && !w.blocked[[2]int{n.index, o.index}] && !w.blocked[[2]int{o.index, n.index}]
	}
	if _, began := w.acks[epoch]; !began && w.forgotten(tells) {
		w.apart = epoch
	}
	return w.apart == epoch
}

// changed tells the node's coordinator that the node leads in an epoch of which other members have told it.
func (n *node) changed(_ uint64, primary string) {
	if n.elector != nil && primary == n.id {
		n.elector.turns.Led(n.w.mutation == RestartsUnfenced)
	}
}
