package reactor

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Reserve is how many descriptors must be free beside connections: for so many loops and listeners, logs, the moment
// in which a new connection has two, and what else the process opens.
func Reserve(loops, listeners int) uint64 { return uint64(24 + 5*loops + listeners) }

// RaiseOpenFiles raises the soft limit of open files to want, or to the hard limit if that is lower. It returns the
// limit that holds then.
func RaiseOpenFiles(want uint64) (uint64, error) {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return 0, fmt.Errorf("read the limit of open files: %w", err)
	}
	if lim.Cur < lim.Max && want > lim.Cur {
		raised := lim
		raised.Cur = min(lim.Max, want)
		if unix.Setrlimit(unix.RLIMIT_NOFILE, &raised) == nil {
			lim = raised
		}
	}
	return lim.Cur, nil
}
