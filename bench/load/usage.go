package load

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// SelfCPU is the CPU time used by this process.
func SelfCPU() time.Duration { return time.Duration(processCPU()) }

// processCPU is the CPU time of this process in nanoseconds.
func processCPU() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// threadWait is how long the calling thread was ready to run and had no core, in nanoseconds; 0 where that is unknown.
func threadWait() int64 {
	s, _ := sut.ThisThread()
	return int64(s.Waited)
}

// systemCalls counts the reads and writes of this process; 0 on systems that do not count them.
func systemCalls() (n int64) {
	data, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0
	}
	for l := range strings.Lines(string(data)) {
		name, v, _ := strings.Cut(strings.TrimSpace(l), ": ")
		if name == "syscr" || name == "syscw" {
			k, _ := strconv.ParseInt(v, 10, 64)
			n += k
		}
	}
	return n
}
