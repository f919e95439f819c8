package sim

import (
	"math/rand/v2"
	"time"
)

// checkNewest fails if the node leads in a later epoch with an older history than another member has, without having
// waited for that member. By a hand-over or by force it may lead with what it has; a process that has only been told that
// it leads may not.
func (n *node) checkNewest(h *history) {
	from := uint64(0)
	if h.parent != nil {
		from = h.parent.epoch
	}
	n.checkData(h.epoch, from)
}

// raised does the same when the node, a primary that serves, goes on in a later epoch.
func (n *node) raised(h *history) {
	epoch, _ := n.member.Leadership()
	if epoch > h.epoch {
		n.checkData(epoch, h.epoch)
	}
	h.epoch = epoch
}

// checkData compares the data of epoch from, with which the node leads in an epoch, with that of the other members.
func (n *node) checkData(epoch, from uint64) {
	w := n.w
	if w.etcd != nil || epoch == 0 || epoch <= n.granted || n.history == nil && w.now-n.since >= w.params.timing.RecoverTimeout {
		return
	}
	for _, other := range w.nodes {
		if other == n || !other.alive || other.born > n.since || other.refuses != nil || other.second == nil {
			continue
		}
		pos := other.second.Position()
		if has := w.histories[pos.ID]; pos.Complete && has != nil && has.epoch > from {
			w.fail("%s leads in epoch %d with data of epoch %d, and did not wait for %s, which has data of epoch %d", n, epoch, from, other, has.epoch)
		}
	}
}

// scatter cuts members off from each other at random times, any two of them, and forces promotions meanwhile: there are
// primaries of several epochs then, and a process that starts may hear from any of them first. With etcd see etcdFault.
func (w *world) scatter(chance *rand.Rand) {
	if w.etcd != nil || len(w.nodes) < 3 {
		return
	}
	w.every(1500*time.Millisecond, func() {
		n, other := w.nodes[chance.IntN(len(w.nodes))], w.nodes[chance.IntN(len(w.nodes))]
		if w.calm || n == other {
			return
		}
		a, b := [2]int{n.index, other.index}, [2]int{other.index, n.index}
		w.blocked[a], w.blocked[b] = true, true
		w.note("%s and %s are cut off from each other", n, other)
		w.after(w.upTo(8*time.Second), func() { delete(w.blocked, a); delete(w.blocked, b) })
		if n.alive && !n.stopped() && !n.member.Leads() && chance.IntN(3) == 0 {
			w.force(n)
		}
	})
}
