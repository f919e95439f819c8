package sim

import (
	"time"

	"github.com/cachegopher/cachegopher/internal/epochs"
)

// leaseTime is how long a lease lets its holder acknowledge writes. The holder stops margin before its end.
const (
	leaseTime = 2 * time.Second
	margin    = 50 * time.Millisecond
)

// lease is granted by a service outside the group, to one node at a time.
type lease struct {
	epoch  uint64
	holder *node
	until  time.Duration // by true time
}

// renew extends the lease, by a request sent now, if the holder runs and reaches the service.
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

// tryLease has a service grant leases. The holder is stopped, or cut off from the service, and another node leads once the
// lease is over. From then on the old holder acknowledges nothing, whether it has heard of the change or not.
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
		heir := w.nodes[(old.index+1)%len(w.nodes)]
		l.epoch = epochs.Next(l.epoch, heir.id)
		lead(heir)
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
