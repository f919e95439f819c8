package sut

import (
	"os"
	"runtime"
	"testing"
	"time"
)

func TestBusiestThread(t *testing.T) {
	before := Threads{1: {Ran: 100, Waited: 7}, 2: {Ran: 500}}
	after := Threads{1: {Ran: 130, Waited: 9}, 2: {Ran: 510}, 3: {Ran: 20, Waited: 50}}
	if got := after.Busiest(before); got != (Sched{Ran: 30, Waited: 2}) {
		t.Errorf("%+v", got)
	}
}

// The kernel's times of this thread and of the machine move with work done.
func TestSchedOfThisProcess(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	was, err := ThisThread()
	if err != nil {
		t.Skip("SKIPPED: no schedstat here:", err)
	}
	machine, err := ReadMachine()
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(50 * time.Millisecond); time.Now().Before(end); {
	}
	now, err := ThisThread()
	if err != nil || now.Ran <= was.Ran || now.Waited < was.Waited {
		t.Errorf("%+v after %+v: %v", now, was, err)
	}
	all, err := ThreadsOf(os.Getpid())
	if err != nil || len(all) == 0 {
		t.Errorf("%v: %v", all, err)
	}
	if m, err := ReadMachine(); err != nil || m.Since(machine).All <= 0 || m.Busy+m.Steal > m.All {
		t.Errorf("%+v after %+v: %v", m, machine, err)
	}
}
