package sim

import "time"

// stopped reports whether the node's process is stopped, as by SIGSTOP: the kernel still accepts connections and input
// for it, but the process does not run.
func (n *node) stopped() bool { return n.w.now < n.stop }

// halt stops the node's process for d.
func (n *node) halt(d time.Duration) {
	n.w.note("%s is stopped for %v", n, d.Round(time.Millisecond))
	n.stop = max(n.stop, n.w.now+d)
}

// onceRuns calls do now or, if the process is stopped, after it continues, in any order with other calls.
func (n *node) onceRuns(do func()) {
	if !n.stopped() {
		do()
		return
	}
	n.w.after(n.stop-n.w.now+n.w.upTo(5*time.Millisecond), do)
}

// now returns the time of the node's replication.
func (n *node) now() time.Duration {
	if n.w.mutation == StopsCount {
		return n.w.now
	}
	return n.ran.Now()
}

// pulse reads the node's clock as often as replica.Member.Run does.
func (n *node) pulse(run int) {
	if n.alive && n.run == run {
		n.ran.Now()
		n.w.after(max(200*time.Millisecond, n.stop-n.w.now), func() { n.pulse(run) })
	}
}
