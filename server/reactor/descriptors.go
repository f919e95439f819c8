package reactor

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Reserve returns how many descriptors are needed in addition to those of connections: for loops, listeners, logs, the
// second descriptor of a connection that is being enrolled, and other files of the process.
func Reserve(loops, listeners int) uint64 { return uint64(24 + 5*loops + listeners) }

// RaiseOpenFiles raises the soft limit of open files to want, or to the hard limit if that is lower. It returns the
// limit in force afterwards.
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
