package sim

import (
	"slices"
	"time"
)

// tryOlderCopy kills the primary and lets one secondary, which only etcd can reach, lead. That one is stopped, or cut off from
// etcd as well, and etcd's data are restored from a copy that was made before: the others elect another primary, and nobody
// whom they can ask has heard of the first winner's epoch.
func (w *world) tryOlderCopy() {
	w.params.timing.RecoverTimeout = 3 * time.Second
	w.busy(time.Second)
	old := w.lead()
	if !old.serving() {
		return
	}
	heir := w.nodes[(old.index+1+w.rnd.IntN(len(w.nodes)-1))%len(w.nodes)]
	w.note("etcd's data are saved")
	w.etcd.save()
	if !w.succeedUnheard(old, heir) {
		return
	}
	if w.rnd.IntN(2) == 0 {
		heir.halt(10 * time.Second)
	}
	clear(w.etcd.cutOff)
	w.etcd.cutOff[heir] = true
	w.note("etcd's data are restored from a backup")
	w.etcd.stop(leaseTime) // nobody restores it faster
	w.etcd.restore(w.rnd.IntN(2) == 0)
	w.forgot = w.now
	w.busy(10 * time.Second)
	won := func(n *node) bool { return n != heir && n.alive && n.primary != nil && n.serving() }
	if w.err == nil && !slices.ContainsFunc(w.nodes, won) {
		w.fail("no other than %s leads: this trial tests nothing", heir)
	}
	old.start(nil)
	w.mend()
}
