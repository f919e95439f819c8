package session

import "time"

// rates holds the last two samples of the totals, for INFO's rates per second.
type rates struct {
	at                   [2]time.Time
	calls, bytesIn, bOut [2]int64
}

// Sample records the current counters. It is called about once a second.
func (n *Node) Sample() {
	n.PeakMemory(n.store.Stats().UsedBytes)
	n.mu.Lock()
	defer n.mu.Unlock()
	t, r := n.sum(), &n.rate
	r.at[0], r.calls[0], r.bytesIn[0], r.bOut[0] = r.at[1], r.calls[1], r.bytesIn[1], r.bOut[1]
	r.at[1], r.calls[1], r.bytesIn[1], r.bOut[1] = time.Now(), t.all, t.bytesIn, t.bytesOut
}

// perSecond returns the rates between the last two samples.
func (n *Node) perSecond() (calls, in, out float64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	r := &n.rate
	if r.at[0].IsZero() {
		return 0, 0, 0
	}
	s := r.at[1].Sub(r.at[0]).Seconds()
	return float64(r.calls[1]-r.calls[0]) / s, float64(r.bytesIn[1]-r.bytesIn[0]) / s, float64(r.bOut[1]-r.bOut[0]) / s
}

// PeakMemory adds a sample of the store's memory, in bytes, and returns the largest so far.
func (n *Node) PeakMemory(used int64) int64 {
	for {
		peak := n.peak.Load()
		if used <= peak || n.peak.CompareAndSwap(peak, used) {
			return max(used, peak)
		}
	}
}
