package load

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// thread generates load over raw connections. Only its goroutine touches it, which is locked to an
// operating system's thread.
type thread struct {
	s        *Session
	poll     *poller
	conns    []*conn
	alive    int
	rec      *recorder
	sequence *workload.Sequence
	core     int // to bind the thread to; negative: none
	expiry   int
	depth    int // most requests in flight on a connection

	req    workload.Request
	query  sut.Query
	reply  sut.Reply
	key    []byte
	more   []byte
	value  []byte
	phase  phase
	now    int64
	left   int64 // requests still to be measured
	ended  bool  // no more requests are sent
	under  int   // requests in flight on all connections
	check  int64 // when to look for timeouts next
	done   done
	marked bool  // cpuAt is set
	cpuAt  int64 // CPU time when measuring began
	wallAt int64

	pace pace
}

// checkEvery is the interval of checks for timeouts.
const checkEvery = int64(20 * time.Millisecond)

func newThread(ctx context.Context, s *Session, i, count int, p phase, rec *recorder) (*thread, error) {
	t := &thread{s: s, rec: rec, core: -1, expiry: int(s.w.Spec.Expiry / time.Second), sequence: s.w.Sequence(i, count, p.round)}
	if p.fill {
		t.sequence = s.w.Fill(i, count)
	}
	if t.depth = s.plan.Depth; p.fill && s.plan.Batch {
		t.depth = max(t.depth, min(128, 64<<10/(64+int(s.w.MeanSize)))) // filling is not measured
	}
	if n := len(s.plan.Cores); n > 0 {
		t.core = s.plan.Cores[i%n]
	}
	var err error
	if t.poll, err = newPoller(); err != nil {
		return nil, err
	}
	keys := 1
	if s.w.Has(workload.MGet) {
		keys = s.w.Spec.MGet
	}
	for n := i; n < s.plan.Conns; n += count {
		fd, err := dial(ctx, s.wire)
		if err != nil {
			t.close()
			return nil, fmt.Errorf("connection %d of %d: %w", n+1, s.plan.Conns, err)
		}
		c := newConn(len(t.conns), fd, t.depth, keys)
		t.conns = append(t.conns, c)
		if err := t.poll.add(fd, c.id); err != nil {
			t.close()
			return nil, err
		}
	}
	t.alive = len(t.conns)
	t.pace = newPace(s, i, count, p)
	return t, nil
}

func (t *thread) recorder() *recorder { return t.rec }

func (t *thread) close() {
	for _, c := range t.conns {
		if !c.dead {
			c.dead = true
			closeSocket(c.fd)
		}
	}
	t.poll.close()
}

// run generates load until the phase ends and all replies have arrived or timed out.
func (t *thread) run(p phase) done {
	runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
	sharpenTimers()
	if t.core >= 0 {
		if t.done.err = sut.Pin([]int{t.core}); t.done.err != nil {
			t.rec.end()
			return t.done
		}
	}
	t.phase, t.left = p, p.quota
	if p.quota == 0 {
		t.left = math.MaxInt64
	}
	t.now = t.s.clock()
	t.begin()
	for t.turn() {
	}
	t.mark(false)
	t.rec.end()
	return t.done
}

// begin sends the first requests of a closed loop.
func (t *thread) begin() {
	if t.pace.open {
		return
	}
	for _, c := range t.conns {
		t.refill(c)
	}
}

// turn waits for replies, handles them and sends the next requests; it returns false at the end.
func (t *thread) turn() bool {
	n := t.poll.wait(t.patience())
	t.now = t.s.clock()
	t.rec.turn(t.now) // first, so that no measured request is counted in the warm-up
	for i := range n {
		id, in, out := t.poll.ready(i)
		c := t.conns[id]
		if out && !c.dead {
			t.flush(c)
		}
		if in && !c.dead {
			t.receive(c)
			if !t.pace.open {
				t.refill(c)
			}
		}
	}
	if t.pace.open {
		t.dispatch()
	}
	t.mark(t.now >= t.phase.start)
	return t.goOn()
}

// patience is how long the next wait may last, in nanoseconds.
func (t *thread) patience() int64 {
	until := min(t.check, t.rec.to)
	if t.pace.open && !t.pace.blocked && !t.ended {
		until = min(until, t.pace.next)
	}
	return max(until-t.s.clock(), 0)
}

// goOn does the periodic work; it returns false at the end.
func (t *thread) goOn() bool {
	if t.now >= t.check {
		t.check = t.now + checkEvery
		t.expire()
		if t.s.stop.Load() && !t.ended {
			t.ended = true
			t.phase.end = t.now
		}
	}
	if t.alive == 0 {
		t.done.err = ErrDied
		return false
	}
	if !t.ended && t.now >= t.phase.end && (!t.pace.open || t.pace.next >= t.phase.end) {
		t.ended = true
	}
	if t.ended && t.under == 0 {
		return false
	}
	if t.now < t.phase.end+t.phase.drain || t.phase.fill {
		return true
	}
	t.giveUp()
	return false
}

// mark reads the thread's CPU clock when measuring begins and when it ends.
func (t *thread) mark(measuring bool) {
	switch {
	case measuring && !t.marked:
		t.marked, t.cpuAt, t.wallAt = true, threadCPU(), t.now
	case !measuring && t.marked:
		t.done.cpu, t.done.wall = threadCPU()-t.cpuAt, t.now-t.wallAt
	}
}
