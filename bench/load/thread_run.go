package load

import (
	"math"
	"runtime"

	"github.com/cachegopher/cachegopher/bench/sut"
)

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
	t.quota, t.flow.sent = t.left, notYet
	t.pace = newPace(t.s, t.sequence, t.i, t.count, p)
	t.now = t.s.clock()
	t.rec.turn(t.now)
	t.begin()
	for t.turn() {
	}
	t.mark(false)
	t.done.flow = t.flow
	t.done.flow.due = t.quota - t.left + t.flow.unsent
	if t.flow.sent == notYet {
		t.done.flow.sent = t.quota - t.left
	}
	t.rec.end()
	return t.done
}

// notYet stands for a count that is taken when the measured time is over.
const notYet = -1

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
	t.goOnReading()
	if t.flow.sent == notYet && t.now >= t.phase.end {
		t.flow.sent = t.quota - t.left
	}
	if n > 0 {
		t.looks++
		t.ready += n
	}
	for i := range n {
		id, in, out := t.poll.ready(i)
		if id < 0 {
			t.connected()
			continue
		}
		c := t.conns[id]
		if out && !c.dead {
			t.flush(c)
		}
		if in && !c.dead {
			t.receive(c)
			if !t.pace.open {
				t.think(c)
			}
			if t.churn > 0 {
				t.renew(c)
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
	until := min(t.check, t.rec.to, t.paused.next(), t.thinking.next())
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
		if t.alive < len(t.conns) {
			t.reconnect()
		}
		if t.s.stop.Load() && !t.ended {
			t.ended = true
			t.phase.end = t.now
		}
	}
	if t.hopeless() {
		t.done.err = ErrDied
		t.phase.end = min(t.phase.end, t.now)
		t.giveUp()
		return false
	}
	if !t.ended && t.now >= t.phase.end && (!t.pace.open || t.pace.next >= t.phase.end) {
		t.ended = true
	}
	if t.now >= t.phase.end+t.phase.drain && !t.phase.fill {
		t.ended = true // those in flight are answered or time out
	}
	if t.ended && t.under == 0 {
		t.giveUp()
		return false
	}
	return true
}

// mark reads the thread's CPU clock when measuring begins and when it ends.
func (t *thread) mark(measuring bool) {
	switch {
	case measuring && !t.marked:
		t.marked, t.cpuAt, t.wallAt, t.waitAt = true, threadCPU(), t.now, threadWait()
		t.looks, t.ready = 0, 0
	case !measuring && t.marked:
		d := &t.done
		d.cpu, d.wall, d.wait = threadCPU()-t.cpuAt, t.now-t.wallAt, threadWait()-t.waitAt
		t.pace.unblock(t.now, &t.phase)
		d.blocked = t.pace.idle
		if t.looks > 0 {
			d.ready = float64(t.ready) / float64(t.looks) / float64(len(t.conns))
		}
	}
}
