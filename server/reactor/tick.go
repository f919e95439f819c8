package reactor

import (
	"context"
	"time"
)

// Intervals of ticks: tickEvery while a connection waits for a time, because one is being closed or
// silent ones must be found; restEvery otherwise, so that an idle node costs next to nothing.
const (
	tickEvery = 50 * time.Millisecond
	restEvery = time.Second
)

// Run ticks until ctx is done. If a loop ends before that it returns ErrLoopEnded.
func (r *Reactor) Run(ctx context.Context) error {
	r.interruptible.Store(interruptible(len(r.loops)))
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	gap := tickEvery
	for swept := int64(0); ; {
		select {
		case <-ctx.Done():
			return nil
		case err := <-r.failed:
			return err
		case <-r.retime:
		case <-tick.C:
			swept = r.tick(swept)
		}
		if now := r.tickGap(); now != gap { // otherwise frequent resets would keep it from ticking
			gap = now
			tick.Reset(gap)
		}
	}
}

// tickGap returns the time until the next tick.
func (r *Reactor) tickGap() time.Duration {
	if r.idle.Load() > 0 {
		return tickEvery
	}
	for _, l := range r.loops {
		if l.timedCount.Load() > 0 {
			return tickEvery
		}
	}
	return restEvery
}

// adjustTicks makes Run choose the interval of ticks again.
func (r *Reactor) adjustTicks() {
	select {
	case r.retime <- struct{}{}:
	default:
	}
}

// tick advances the clock and makes loops check the connections that wait for a time.
func (r *Reactor) tick(swept int64) int64 {
	now := r.elapsed()
	r.now.Store(now)
	for _, l := range r.loops {
		if l.timedCount.Load() > 0 {
			l.Call(l.closeOverdue)
		}
	}
	idle := r.idle.Load()
	if idle == 0 || now-swept < max(idle/8, 1) {
		return swept
	}
	before := now - idle - tickEvery.Milliseconds() // a recorded time may be too early by tickEvery
	for _, l := range r.loops {
		l.Call(func() { l.findSilent(before) })
	}
	return now
}

// Clock returns the milliseconds from New to the last tick.
func (r *Reactor) Clock() int64 { return r.now.Load() }

// elapsed returns the milliseconds since New.
func (r *Reactor) elapsed() int64 { return int64(time.Since(r.start) / time.Millisecond) }

// SetIdleTimeout sets the time without moving bytes after which Handler.Silent is called; 0: never.
func (r *Reactor) SetIdleTimeout(d time.Duration) {
	r.now.Store(r.elapsed()) // so that the times of later events are not too early
	r.idle.Store(int64(d / time.Millisecond))
	r.adjustTicks()
}

// IdleTimeout returns the value of SetIdleTimeout, in whole milliseconds.
func (r *Reactor) IdleTimeout() time.Duration { return time.Duration(r.idle.Load()) * time.Millisecond }

// limit closes c after d, unless postpone is called meanwhile.
func (c *Conn) limit(d time.Duration) {
	if c.due == 0 {
		c.loop.timed = append(c.loop.timed, c)
		c.loop.timedCount.Store(int32(len(c.loop.timed)))
		c.r.adjustTicks()
	}
	c.due = c.r.elapsed() + d.Milliseconds()
}

// postpone extends the time limit of a client that took replies, or for which there are new ones.
func (c *Conn) postpone() {
	if c.due > 0 {
		c.limit(unsentTime)
	}
}

// closeOverdue closes connections whose time has passed.
func (l *Loop) closeOverdue() {
	kept := l.timed[:0]
	for _, c := range l.timed {
		switch {
		case c.phase >= Dead:
			continue
		case c.phase == Draining && c.out.Len() == 0: // waits for its handler
		case c.r.elapsed() >= c.due:
			if c.out.Len() > 0 {
				l.r.unsent.Add(1)
			}
			c.Abort()
			continue
		}
		kept = append(kept, c)
	}
	clear(l.timed[len(kept):])
	l.timed = kept
	l.timedCount.Store(int32(len(kept)))
}

// findSilent calls the handlers of connections on which no bytes have moved since before.
func (l *Loop) findSilent(before int64) {
	for c := range l.Conns() {
		if c.active < before && c.phase < Dead && c.gc != nil {
			c.handler.Silent()
		}
	}
}
