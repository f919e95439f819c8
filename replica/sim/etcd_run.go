package sim

import (
	"time"

	"github.com/cachegopher/cachegopher/replica"
)

// RunEtcd simulates a group whose roles come from etcd: some seconds with faults, some without, then a comparison of the
// members. It returns a *Failure if a rule was broken.
func RunEtcd(seed uint64, o Options) error {
	w := newWorld(seed, o)
	w.gentle()
	w.calm = false
	w.params.changes = true
	w.params.timing = replica.Timing{Beat: beat, RecoverTimeout: 20 * time.Second}
	w.params.delay = time.Millisecond + w.upTo(20*time.Millisecond)
	isTrial := w.seed%2 == 1
	w.members(1 + w.rnd.IntN(3))
	if isTrial {
		w.members(2 + w.rnd.IntN(2))
	}
	w.etcd = newEtcd(w)
	w.etcd.rate = 1 - 0.05*w.rnd.Float64()
	if len(w.nodes) > 2 && w.rnd.IntN(2) == 0 {
		w.nodes[len(w.nodes)-1].joins = true
	}
	for _, i := range w.rnd.Perm(len(w.nodes)) {
		n := w.nodes[i]
		w.after(w.upTo(3*time.Second), func() { w.revive(n, nil) })
	}
	w.every(30*time.Millisecond, func() { w.nodes[w.rnd.IntN(len(w.nodes))].ask() })
	w.until(6 * time.Second)
	if isTrial {
		w.etcdTrial()
	} else {
		w.every(1500*time.Millisecond, w.etcdFault)
		w.until(w.now + 15*time.Second)
	}
	if w.err == nil {
		w.mend()
		w.goesOn()
		w.settle()
	}
	return w.end()
}

// goesOn wants a write to be acknowledged, now that all faults have ended.
func (w *world) goesOn() {
	before := w.acknowledgements
	for end := w.now + 10*time.Second; w.err == nil && w.acknowledgements == before; w.busy(100 * time.Millisecond) {
		if w.now > end {
			w.fail("no write is acknowledged after all faults have ended")
		}
	}
}

// mend ends all faults.
func (w *world) mend() {
	w.calm = true
	clear(w.blocked)
	clear(w.etcd.cutOff)
	clear(w.etcd.deaf)
	w.etcd.delay = 2 * time.Millisecond
	w.until(w.now + 10*time.Second)
}

// etcdFault injects a random fault of a run with etcd.
func (w *world) etcdFault() {
	if w.calm {
		return
	}
	e, n := w.etcd, w.nodes[w.rnd.IntN(len(w.nodes))]
	// A node that joins without data, while etcd has lost all of its own, cannot know that there is a group with data.
	last := w.nodes[len(w.nodes)-1]
	forgets := !last.joins || last.alive
	if w.rnd.IntN(2) == 0 {
		n = w.lead()
	}
	switch w.rnd.IntN(12) {
	case 0, 1:
		w.crash(n)
	case 2:
		n.halt(w.upTo(6 * time.Second))
	case 3, 4:
		w.note("%s cannot reach etcd", n)
		w.includes(e.cutOff, n, w.upTo(12*time.Second))
	case 5:
		w.note("%s does not hear etcd", n)
		w.includes(e.deaf, n, w.upTo(8*time.Second))
	case 6:
		w.note("etcd is away")
		e.stop(w.upTo(10 * time.Second))
	case 7:
		w.note("etcd is slow")
		e.delay = time.Duration(w.rnd.Int64N(int64(time.Second)))
		w.after(w.upTo(5*time.Second), func() { e.delay = 2 * time.Millisecond })
	case 8:
		if forgets {
			w.note("etcd's data are deleted")
			e.erase()
			w.forgot = w.now
		}
	case 9:
		if e.backup == nil || w.rnd.IntN(3) == 0 {
			w.note("etcd's data are saved")
			e.save()
			return
		}
		if forgets {
			w.note("etcd's data are restored from a backup")
			e.restore(w.rnd.IntN(2) == 0)
			w.forgot = w.now
		}
	case 10:
		w.partition()
	case 11:
		w.note("%s is cut off from all members", n)
		for i := range w.nodes {
			w.blocked[[2]int{i, n.index}], w.blocked[[2]int{n.index, i}] = true, true
		}
		w.after(w.upTo(6*time.Second), func() { clear(w.blocked) })
	}
}

// includes keeps n in a set for d.
func (w *world) includes(set map[*node]bool, n *node, d time.Duration) {
	set[n] = true
	w.after(d, func() { delete(set, n) })
}

// end closes all stores and returns what has failed.
func (w *world) end() error {
	for _, n := range w.nodes {
		n.alive = false
		n.endThreads()
		if n.cache != nil {
			if err := n.cache.Close(); err != nil {
				w.fail("close a store: %v", err)
			}
		}
		n.left.close(w)
	}
	if w.err == nil {
		return nil
	}
	return &Failure{Seed: w.seed, Err: w.err, Trace: w.trace[max(0, len(w.trace)-traceLen):]}
}
