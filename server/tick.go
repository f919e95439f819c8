package server

import (
	"context"
	"time"
)

// How often the server's clock moves: tickEvery while connections wait for a time, that is while one is
// being closed or silent ones are to be; restEvery otherwise, so that an idle node costs next to nothing.
const (
	tickEvery = 50 * time.Millisecond
	restEvery = time.Second
)

// tickUntil keeps the time until ctx is done or serving has failed.
func (s *Server) tickUntil(ctx context.Context) error {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	gap := tickEvery
	for swept := int64(0); ; {
		select {
		case <-ctx.Done():
			return nil
		case err := <-s.failed:
			return err
		case <-s.retime:
		case <-tick.C:
			swept = s.tick(swept)
		}
		if now := s.tickGap(); now != gap { // only then: what resets it often must not keep it from ticking
			gap = now
			tick.Reset(gap)
		}
	}
}

// tickGap is how long until the next tick.
func (s *Server) tickGap() time.Duration {
	if s.idle.Load() > 0 {
		return tickEvery
	}
	for _, l := range s.loops {
		if l.pendingEnds.Load() > 0 {
			return tickEvery
		}
	}
	return restEvery
}

// hurry has Run tick often from now on, if there is a reason to.
func (s *Server) hurry() {
	select {
	case s.retime <- struct{}{}:
	default:
	}
}

// tick moves the clock and lets loops look after connections that wait for a time.
func (s *Server) tick(swept int64) int64 {
	now := s.elapsed()
	s.now.Store(now)
	for _, l := range s.loops {
		if l.pendingEnds.Load() > 0 {
			l.call(l.tick)
		}
	}
	if idle := s.idle.Load(); idle > 0 && now-swept >= max(idle/8, 1) {
		for _, l := range s.loops {
			l.call(func() { l.sweep(now - idle) })
		}
		return now
	}
	return swept
}

// clock is milliseconds since the server started, as of the last tick.
func (s *Server) clock() int64 { return s.now.Load() }

// elapsed is milliseconds since the server started.
func (s *Server) elapsed() int64 { return int64(time.Since(s.start) / time.Millisecond) }

// SetIdleTimeout changes after how long a silent connection is closed; 0: never.
func (s *Server) SetIdleTimeout(d time.Duration) {
	s.now.Store(s.elapsed()) // what happens from now on is not to look older than it is
	s.idle.Store(int64(d / time.Millisecond))
	s.hurry()
}

// IdleTimeout is after how long a silent connection is closed.
func (s *Server) IdleTimeout() time.Duration { return time.Duration(s.idle.Load()) * time.Millisecond }
