package sim

import "time"

// stopped reports whether the node's process is stopped: it lives, the system accepts connections for it and takes
// what comes, and nothing in it goes on.
func (n *node) stopped() bool { return n.w.now < n.stop }

// halt stops the node's process for d.
func (n *node) halt(d time.Duration) {
	n.w.note("%s is stopped for %v", n, d.Round(time.Millisecond))
	n.stop = max(n.stop, n.w.now+d)
}

// onceRuns has do happen now, or when the process goes on: in any order with what else waits for that.
func (n *node) onceRuns(do func()) {
	if !n.stopped() {
		do()
		return
	}
	n.w.after(n.stop-n.w.now+n.w.upTo(5*time.Millisecond), do)
}

// now is the time that the node's replication goes by.
func (n *node) now() time.Duration {
	if n.w.mutation == StopsCount {
		return n.w.now
	}
	return n.ran.Now()
}

// pulse looks at the node's clock as often as its process does while it runs.
func (n *node) pulse(run int) {
	if n.alive && n.run == run {
		n.ran.Now()
		n.w.after(max(50*time.Millisecond, n.stop-n.w.now), func() { n.pulse(run) })
	}
}
