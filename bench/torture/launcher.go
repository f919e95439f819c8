//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// launcher starts processes at the priority that this program began with, while the rest of the program runs at a lower
// one, so that attacks do not take the processor from the processes that are measured. A process also dies with the
// thread that started it, so this thread never ends.
type launcher struct{ jobs chan func() }

// lowered is added to the nice value of the rest of the program.
const lowered = 10

// newLauncher lowers the priority of the program. Call it once, at the start.
func newLauncher() (*launcher, error) {
	l := &launcher{jobs: make(chan func())}
	ready := make(chan int)
	go func() {
		runtime.LockOSThread()
		ready <- syscall.Gettid()
		for job := range l.jobs {
			job()
		}
	}()
	own := <-ready
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return nil, fmt.Errorf("lower the priority: %w", err)
	}
	for _, t := range tasks {
		id, err := strconv.Atoi(t.Name())
		if err != nil || id == own {
			continue
		}
		// The kernel gives 20 minus the priority. A thread that has ended needs none.
		now, err := syscall.Getpriority(syscall.PRIO_PROCESS, id)
		if err == nil {
			syscall.Setpriority(syscall.PRIO_PROCESS, id, min(20-now+lowered, 19)) //nolint:errcheck // lowering is always allowed
		}
	}
	return l, nil
}

// launch starts a process at the priority that this program began with.
func (l *launcher) launch(c *exec.Cmd) (*nodeprocess.Process, error) {
	return nodeprocess.Launch(c, func(start func() error) error {
		done := make(chan error)
		l.jobs <- func() { done <- start() }
		return <-done
	})
}
