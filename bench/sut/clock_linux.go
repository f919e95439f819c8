package sut

import (
	"time"

	"golang.org/x/sys/unix"
)

// processClock reads the CPU clock of a process: user and system time of all its threads, to the nanosecond.
func processClock(pid int) (time.Duration, error) {
	var ts unix.Timespec
	err := unix.ClockGettime(int32(^pid)<<3|2, &ts) // as in clock_getcpuclockid(3)
	return time.Duration(ts.Nano()), err
}
