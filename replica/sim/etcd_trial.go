package sim

import (
	"maps"
	"time"
)

// etcdTrials are faults of a group with etcd. Under each an old rule lost data, or let two nodes acknowledge writes. Half of
// the seeds of RunEtcd run one.
var etcdTrials = []func(*world){(*world).tryNoEtcd, (*world).tryJoinEmpty, (*world).tryLostEtcd, (*world).tryLeaveEtcd}

// etcdTrial runs the seed's trial. Later trials have seeds of their own, so that those of the others stay.
func (w *world) etcdTrial() {
	w.calm = true
	switch w.seed % 20 {
	case 9:
		w.tryComeBack()
	case 11:
		w.tryOlderCopy()
	case 13:
		w.tryAlone()
	case 17:
		w.tryJoinForgotten()
	default:
		etcdTrials[w.seed/2%uint64(len(etcdTrials))](w)
	}
}

// tryAlone kills the primary and lets one secondary, which only etcd can reach, lead. The old primary starts again together
// with the others, without etcd: they know of no later epoch than its own, name it as the primary and confirm that they
// follow, but they are not all of its secondaries.
func (w *world) tryAlone() {
	w.params.timing.RecoverTimeout = 3 * time.Second
	w.busy(time.Second)
	old := w.lead()
	if old.joins || !old.serving() {
		return
	}
	heir := w.nodes[len(w.nodes)-1] // not n0 or n1: a node that starts asks the first of the others who leads
	if heir == old {
		heir = w.nodes[len(w.nodes)-2]
	}
	if !w.succeedUnheard(old, heir) {
		return
	}
	old.start(nil)
	w.busy(10 * time.Second)
	if w.err == nil && (!old.serving() || old.primary == nil) {
		w.fail("%s does not lead again: this trial tests nothing", old)
	}
	w.mend()
}

// succeedUnheard kills the primary old and lets heir, which only etcd can reach, lead. It returns false after a failure.
func (w *world) succeedUnheard(old, heir *node) bool {
	for _, n := range w.nodes {
		w.etcd.cutOff[n] = n != heir
	}
	w.isolate(heir, false)
	w.note("%s crashes", old)
	old.crash()
	w.busy(2*leaseTime + w.upTo(time.Second))
	if w.err == nil && (!heir.serving() || heir.primary == nil) {
		w.fail("%s does not lead: this trial tests nothing", heir)
		return false
	}
	return true
}

// busy makes clients write to all nodes for d.
func (w *world) busy(d time.Duration) {
	for end := w.now + d; w.err == nil && w.now < end; w.until(w.now + 3*time.Millisecond) {
		for _, n := range w.nodes {
			n.ask()
		}
	}
}

// isolate cuts a node off from all members and, if etcd is set, from etcd.
func (w *world) isolate(n *node, etcd bool) {
	w.note("%s is cut off", n)
	for i := range w.nodes {
		w.blocked[[2]int{i, n.index}], w.blocked[[2]int{n.index, i}] = true, true
	}
	w.etcd.cutOff[n] = etcd
}

// tryNoEtcd stops the primary, or cuts it off from everybody, until another node has led for a while.
func (w *world) tryNoEtcd() {
	w.busy(time.Second)
	old := w.lead()
	if w.rnd.IntN(2) == 0 {
		old.halt(4*time.Second + w.upTo(4*time.Second))
	} else {
		w.isolate(old, true)
	}
	w.busy(6 * time.Second)
	w.mend()
}

// tryJoinEmpty has a node join that cannot take the primary's data yet, and kills the primary. The group must keep what all
// others had confirmed.
func (w *world) tryJoinEmpty() {
	last := w.nodes[len(w.nodes)-1]
	last.crash()
	w.until(w.now + 3*time.Second)
	old := w.lead()
	if old == last || !old.serving() || old.history == nil {
		return
	}
	w.busy(time.Second)
	a, b := [2]int{old.index, last.index}, [2]int{last.index, old.index}
	w.blocked[a], w.blocked[b] = true, true
	w.idle = true
	w.until(w.now + time.Second)
	last.joins = true
	last.start(nil)
	w.until(w.now + 500*time.Millisecond + w.upTo(time.Second))
	want := maps.Clone(old.history.now)
	w.note("%s crashes", old)
	old.crash()
	clear(w.blocked)
	w.until(w.now + 5*time.Second)
	if n := w.lead(); w.err == nil && n.serving() && n != old {
		w.holds(n, "leads after the primary's death", want)
	}
	w.idle = false
}

// tryLostEtcd deletes etcd's data while the primary cannot reach it.
func (w *world) tryLostEtcd() {
	w.params.delay = 50*time.Millisecond + w.upTo(100*time.Millisecond)
	w.etcd.cutOff[w.lead()] = true
	w.busy(time.Second)
	w.note("etcd's data are deleted")
	w.etcd.erase()
	w.busy(4 * time.Second)
	w.mend()
}

// tryLeaveEtcd cuts the primary off from etcd alone, for longer than its secondaries stay with it.
func (w *world) tryLeaveEtcd() {
	w.note("%s cannot reach etcd", w.lead())
	w.etcd.cutOff[w.lead()] = true
	w.busy(14 * time.Second)
	w.mend()
}

// tryComeBack stops the primary until another node has led for a while. Then that one is stopped, and etcd's data are
// deleted: the first one comes back to an etcd that knows of no later epoch than its own, but the members do.
func (w *world) tryComeBack() {
	old := w.lead()
	old.halt(6 * time.Second)
	w.busy(4500 * time.Millisecond)
	w.lead().halt(2*time.Second + w.upTo(2*time.Second))
	w.busy(w.upTo(time.Second))
	w.note("etcd's data are deleted")
	w.etcd.erase()
	w.busy(8 * time.Second)
	w.mend()
}

// tryJoinForgotten has a node join without data, after etcd has lost its own and while the primary cannot reach it. The other
// members still follow that, and know its epoch.
func (w *world) tryJoinForgotten() {
	old, last := w.lead(), w.nodes[len(w.nodes)-1]
	if old == last {
		return
	}
	last.crash()
	w.note("%s cannot reach etcd", old)
	w.etcd.cutOff[old] = true
	w.busy(w.upTo(time.Second))
	w.note("etcd's data are deleted")
	w.etcd.erase()
	w.busy(leaseTime + w.upTo(2*time.Second))
	last.joins = true
	last.start(nil)
	w.busy(8 * time.Second)
	w.mend()
}
