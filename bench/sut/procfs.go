package sut

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU times in /proc.
const tick = 10 * time.Millisecond

// CPUTime is the user and system time that a process has used, to the nanosecond.
func CPUTime(pid int) (time.Duration, error) {
	d, err := processClock(pid)
	if err != nil {
		return 0, fmt.Errorf("read the CPU clock of process %d: %w", pid, err)
	}
	return d, nil
}

// SystemTime is how much of a process's CPU time was spent in the kernel, to a hundredth of a second.
func SystemTime(pid int) (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("/proc/PID/stat is not as expected")
	}
	n, err := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(n) * tick, err
}

// CoreTime is the total time that cores have been busy since boot, to a hundredth of a second.
func CoreTime(cores []int) (sum time.Duration, err error) {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	for _, core := range cores {
		_, line, ok := strings.Cut(string(data), fmt.Sprintf("\ncpu%d ", core))
		if !ok {
			return 0, fmt.Errorf("no core %d", core)
		}
		line, _, _ = strings.Cut(line, "\n")
		m, err := timesOf(line)
		if err != nil {
			return 0, err
		}
		sum += m.Busy + m.Steal
	}
	return sum, nil
}

// Resident is the memory of a process in bytes.
func Resident(pid int) (int64, error) { return Memory(pid, "VmRSS") }

// Memory is a field of a process's status, for example VmRSS or VmHWM, in bytes.
func Memory(pid int, field string) (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for l := range strings.Lines(string(data)) {
		if v, ok := strings.CutPrefix(l, field+":"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(v), " kB"), 10, 64)
			return n << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/PID/status has no %s", field)
}
