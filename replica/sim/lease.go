package sim

import "time"

// leaseTime is how long whoever decides on the primary lets one acknowledge writes, and margin how much earlier that stops.
const (
	leaseTime = 2 * time.Second
	margin    = 50 * time.Millisecond
)

// lease is what some service outside of the group grants: at most one node has it.
type lease struct {
	epoch  uint64
	holder *node
	until  time.Duration // by true time
}

// renew extends the holder's lease, as a request that was sent now, if it lives and reaches the service.
func (l *lease) renew(w *world, reaches func(*node) bool) {
	h, run, sent := l.holder, l.holder.run, l.holder.member.Elapsed()
	if !h.alive || h.stopped() || !reaches(h) || w.now >= l.until {
		return
	}
	l.until = w.now + leaseTime
	w.after(w.upTo(20*time.Millisecond), func() {
		h.onceRuns(func() {
			if h.alive && h.run == run {
				h.member.Fence(sent + leaseTime - margin)
			}
		})
	})
}

// tryLease has a service grant leases. The holder is stopped, or cut off from the service, and another node leads when
// the lease is over: from then on the old one acknowledges nothing, whether it has heard of that or not.
func (w *world) tryLease() {
	l := &lease{epoch: 1, holder: w.lead(), until: w.now + leaseTime}
	cutOff := map[*node]bool{}
	lead := func(n *node) {
		l.holder, l.until = n, w.now+leaseTime
		n.member.Fence(n.member.Elapsed() + leaseTime - margin)
		if err := n.member.Lead(l.epoch, "g", w.secondariesOf(n)); err != nil {
			w.fail("%s does not lead: %v", n, err)
		}
		n.turn()
		n.woken()
		w.fenceAt = n
	}
	lead(l.holder)
	for range 2 + w.rnd.IntN(3) {
		end := w.now + time.Second + w.upTo(2*time.Second)
		for w.now < end && w.err == nil {
			l.renew(w, func(n *node) bool { return !cutOff[n] })
			w.during(300 * time.Millisecond)
		}
		if w.err != nil {
			return
		}
		old := l.holder
		if w.rnd.IntN(2) == 0 {
			old.halt(leaseTime + time.Second + w.upTo(3*time.Second))
		} else {
			cutOff[old] = true
			for _, n := range w.nodes {
				w.blocked[[2]int{old.index, n.index}], w.blocked[[2]int{n.index, old.index}] = true, true
			}
		}
		for w.now < l.until && w.err == nil {
			w.during(20 * time.Millisecond)
		}
		l.epoch += uint64(len(w.nodes))
		lead(w.nodes[(old.index+1)%len(w.nodes)])
		for end := w.now + 5*time.Second; w.now < end && w.err == nil; {
			l.renew(w, func(n *node) bool { return !cutOff[n] })
			w.during(300 * time.Millisecond)
		}
		clear(w.blocked)
		clear(cutOff)
	}
	for _, n := range w.nodes {
		n.member.Fence(0)
	}
	w.fenceAt = nil
}
