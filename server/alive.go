package server

import (
	"context"
	"fmt"
)

// CheckLoops returns nil once every event loop has taken a turn since the call, or an error that counts
// the loops that had not when ctx ended. A watchdog that feeds on it notices a loop that is stuck.
func (s *Server) CheckLoops(ctx context.Context) error {
	turned := make(chan struct{}, len(s.loops))
	for _, l := range s.loops {
		l.call(func() { turned <- struct{}{} })
	}
	for n := range s.loops {
		select {
		case <-turned:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d event loops do not turn: %w", len(s.loops)-n, len(s.loops), ctx.Err())
		}
	}
	return nil
}
