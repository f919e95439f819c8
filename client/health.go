package client

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// health sets a node aside after several failures in a row. One request probes it before
// others are sent to it.
type health struct {
	failures atomic.Int32 // in a row
	aside    atomic.Bool
	loading  atomic.Int64 // Unix ns until when other members are preferred, after LOADING; 0: never

	mu      sync.Mutex
	timer   *time.Timer // of the next probe, while aside
	excused time.Time   // when a greeting last ended the time aside
	stopped bool
}

// failed counts one failure.
func (n *node) failed() {
	h := &n.health
	if int(h.failures.Add(1)) < n.opts.failures || h.aside.Load() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped || h.aside.Swap(true) {
		return
	}
	n.probeLater()
}

// answered counts one success.
func (n *node) answered() {
	if n.health.failures.Load() != 0 {
		n.health.failures.Store(0)
	}
}

// loadingPause is how long other members are preferred to one that has answered LOADING.
const loadingPause = 100 * time.Millisecond

// postpone makes reads prefer other members for loadingPause, after the node answered LOADING.
func (h *health) postpone() { h.loading.Store(time.Now().Add(loadingPause).UnixNano()) }

// recovering reports whether the node has answered LOADING within the last loadingPause.
func (h *health) recovering() bool {
	until := h.loading.Load()
	if until == 0 {
		return false
	}
	if time.Now().UnixNano() < until {
		return true
	}
	h.loading.CompareAndSwap(until, 0)
	return false
}

// probeLater arms the timer. It requires the lock of health.
func (n *node) probeLater() {
	d := n.opts.aside
	d += rand.N(d/2+1) - d/4
	n.health.timer = time.AfterFunc(d, n.probe)
}

// probe sends one PING and takes the node back if it answers.
func (n *node) probe() {
	if !n.enter() {
		return
	}
	defer n.wg.Done()
	ctx, cancel := context.WithTimeout(n.stop, n.opts.readTimeout)
	defer cancel()
	var rq [1]request
	rq[0].op = OpPing
	r, err := n.attempt(ctx, rq[:], nil, 0)
	h := &n.health
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped || !h.aside.Load() {
		return
	}
	if err != nil || r.err != nil {
		n.probeLater()
		return
	}
	h.failures.Store(0)
	h.aside.Store(false)
}

// cameBack is called for the first connection after there was none. Its greeting counts
// as an answer, so the node is taken back early, but only once within the time for which
// it is set aside: a node that greets and then fails has to wait.
func (n *node) cameBack() {
	h := &n.health
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures.Store(0)
	if !h.aside.Load() || time.Since(h.excused) < n.opts.aside {
		return
	}
	h.excused = time.Now()
	h.timer.Stop()
	h.aside.Store(false)
}

func (h *health) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = true
	if h.timer != nil {
		h.timer.Stop()
	}
}
