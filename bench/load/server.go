package load

import (
	"os"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
)

// use is what the server and the machine did during the measurement.
type use struct {
	cpu, wall time.Duration // cpu: of the server
	resident  int64         // of the server; of a cache in this process, its OwnMemory
	thread    sut.Sched     // of the server's busiest thread
	others    float64       // share of all cores that neither the server nor this process used; 0 if the server is unknown
	steal     float64
	stood     time.Duration // for which this process did not run at once
}

// show copies the figures to a round.
func (u *use) show(r *result.Round) {
	r.ServerCPU, r.Resident, r.Others, r.Steal = u.cpu.Seconds(), u.resident, u.others, u.steal
	if u.wall > 0 {
		r.ServerBusy = u.cpu.Seconds() / u.wall.Seconds()
		r.ServerThread = u.thread.Ran.Seconds() / u.wall.Seconds()
		r.ServerWaited = u.thread.Waited.Seconds() / u.wall.Seconds()
	}
}

// readings are clocks of the server, this process and the machine.
type readings struct {
	at       time.Time
	cpu, own time.Duration
	threads  sut.Threads // of the server
	machine  sut.MachineTime
}

// read takes readings; what a system does not tell stays 0.
func (s *Session) read() (m readings) {
	m.at = time.Now()
	if s.target.PID != 0 {
		m.cpu, _ = sut.CPUTime(s.target.PID)
		m.threads, _ = sut.ThreadsOf(s.target.PID)
	}
	m.own, _ = sut.CPUTime(os.Getpid())
	m.machine, _ = sut.ReadMachine()
	return m
}

// watch reads clocks when the measured time begins, and again in the function that it returns.
func (s *Session) watch(p phase) func() use {
	if p.fill {
		return func() use { return use{} }
	}
	begun := make(chan readings, 1)
	quit := make(chan struct{})
	var stood standing
	go func() {
		defer close(begun)
		select {
		case <-time.After(time.Duration(p.start - s.clock())):
			begun <- s.read()
			stood.watch(quit)
		case <-quit:
		}
	}()
	return func() (u use) {
		close(quit)
		before, ok := <-begun
		if !ok {
			return u
		}
		<-begun // until it is closed
		u.stood = stood.longest
		after := s.read()
		m := after.machine.Since(before.machine)
		if m.All > 0 {
			u.steal = m.Steal.Seconds() / m.All.Seconds()
		}
		if s.target.PID == 0 {
			return u
		}
		if s.target.InProcess {
			u.resident = sut.OwnMemory()
		} else {
			u.resident, _ = sut.Resident(s.target.PID) // the process may have ended
		}
		if after.cpu == 0 || before.cpu == 0 {
			return u
		}
		u.cpu, u.wall = after.cpu-before.cpu, after.at.Sub(before.at)
		u.thread = after.threads.Busiest(before.threads)
		if rest := m.Busy - u.cpu - (after.own - before.own); m.All > 0 && s.target.PID != os.Getpid() {
			u.others = max(0, rest.Seconds()/m.All.Seconds())
		}
		return u
	}
}
