// Package timeslice asks the kernel for the shortest time slices, and gives one up. Slices are the whole process's, so only
// programs ask for them.
package timeslice

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// shortest is the shortest time slice that the kernel gives a thread.
const shortest = 100 * time.Microsecond

// passes bounds how often Shorten looks for threads that were started meanwhile by one that still had longer slices.
const passes = 5

// Shorten gives the threads of this process the shortest time slices, and so those that they start. A thread that
// wakes up takes the processor at once from one with longer slices, for which it may otherwise wait until the next timer
// interrupt, 4 ms on many systems. In all it gets no more of the processor. Before Linux 6.12 it has no effect, nor on
// threads that were started with another policy than the usual one.
func Shorten() error {
	if err := shortenAll(threads); err != nil {
		return fmt.Errorf("shorten time slices: %w", err)
	}
	return nil
}

// Yield lets another thread run that waits for this processor. The kernel looks only at a timer interrupt whether a thread has
// used up its time slice, every 4 ms on many systems. So where there are fewer processors than busy threads, others wait that
// long for one that goes on. A call takes less than a microsecond if no other thread waits.
func Yield() { unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }

// shortenAll shortens the time slices of the threads that list returns, until it lists no new one that has longer ones.
func shortenAll(list func() ([]int, error)) error {
	changed := true
	for pass := 0; changed && pass < passes; pass++ {
		ids, err := list()
		if err != nil {
			return err
		}
		changed = false
		for _, id := range ids {
			was, err := shorten(id)
			if err != nil && !errors.Is(err, unix.ESRCH) { // a thread may end at any time
				return fmt.Errorf("thread %d: %w", id, err)
			}
			changed = changed || was
		}
	}
	return nil
}

// threads returns the ids of the threads of this process.
func threads() (ids []int, err error) {
	tasks, err := os.ReadDir("/proc/self/task")
	for _, t := range tasks {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			ids = append(ids, id)
		}
	}
	return ids, err
}

// shorten gives one thread the shortest time slices. It reports false if it has them, or a policy without such slices. Before
// Linux 6.12 it always reports true.
func shorten(id int) (changed bool, err error) {
	attr, err := unix.SchedGetAttr(id, 0)
	if err != nil {
		return false, err
	}
	if attr.Policy != unix.SCHED_NORMAL || attr.Runtime == uint64(shortest) {
		return false, nil
	}
	attr.Runtime = uint64(shortest)
	return true, unix.SchedSetAttr(id, attr, 0)
}
