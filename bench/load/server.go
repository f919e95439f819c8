package load

import (
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// serverUse is the server's resource use during the measurement.
type serverUse struct {
	cpu, wall time.Duration
	resident  int64
}

// watchServer measures the server's process from the start of the measurement; the function that it
// returns stops that.
func (s *Session) watchServer(p phase) func() serverUse {
	pid := s.target.PID
	if pid == 0 || p.fill {
		return func() serverUse { return serverUse{} }
	}
	type mark struct {
		cpu time.Duration
		at  time.Time
	}
	begun := make(chan mark, 1)
	quit := make(chan struct{})
	go func() {
		defer close(begun)
		select {
		case <-time.After(time.Duration(p.start - s.clock())):
			if c, err := sut.CPUTime(pid); err == nil {
				begun <- mark{c, time.Now()}
			}
		case <-quit:
		}
	}()
	return func() (u serverUse) {
		close(quit)
		c, err := sut.CPUTime(pid)
		if m, ok := <-begun; ok && err == nil {
			u.cpu, u.wall = c-m.cpu, time.Since(m.at)
		}
		u.resident, _ = sut.Resident(pid) // the process may have ended
		return u
	}
}
