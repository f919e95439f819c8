package runner

import (
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/sut"
)

func (r *Runner) tell(e Event) {
	if r.Watch != nil {
		r.Watch(e)
	}
}

// progress reports the progress of a round, and the CPU used meanwhile.
func (r *Runner) progress(job *Job, o *open, round int, phase string) func(load.Progress) {
	if r.Watch == nil {
		return nil
	}
	at := time.Now()
	var server time.Duration
	self := load.SelfCPU()
	if o.t.PID != 0 {
		server, _ = sut.CPUTime(o.t.PID) // it may have ended
	}
	return func(p load.Progress) {
		e := Event{Job: job, Target: o.out.URL, Round: round, Phase: phase, Progress: p}
		if phase == "" {
			e.Phase = "warm-up"
			if p.Measuring {
				e.Phase = "measure"
			}
		}
		wall := time.Since(at)
		at = time.Now()
		now := load.SelfCPU()
		e.SelfBusy = (now - self).Seconds() / wall.Seconds()
		self = now
		if r.Remote != nil {
			e.SelfBusy = p.Busy
		}
		if o.t.PID != 0 {
			if c, err := sut.CPUTime(o.t.PID); err == nil {
				e.ServerBusy = (c - server).Seconds() / wall.Seconds()
				server = c
			}
		}
		r.tell(e)
	}
}
