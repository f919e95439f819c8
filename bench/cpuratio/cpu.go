//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// pinProcess keeps this process on one core. Threads it starts later stay there
// too, and so do processes, unless they are told otherwise.
func pinProcess(core int) error {
	var set unix.CPUSet
	set.Set(core)
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range tasks {
		tid, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(tid, &set); err != nil && err != unix.ESRCH {
			return err
		}
	}
	return nil
}

// cpuTime is the CPU time of a process, to the nanosecond, and how much of it was
// spent in the kernel, to a hundredth of a second.
func cpuTime(pid int) (all, system time.Duration, err error) {
	var ts unix.Timespec
	clock := int32(^pid)<<3 | 2 // a process's CPU clock, see clock_getcpuclockid(3)
	if err := unix.ClockGettime(clock, &ts); err != nil {
		return 0, 0, fmt.Errorf("read the CPU clock of process %d: %w", pid, err)
	}
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	ticks, err := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(ts.Nano()), time.Duration(ticks) * 10 * time.Millisecond, err
}

// coreBusy is how long a core has been busy since the machine started, to a
// hundredth of a second.
func coreBusy(core int) (time.Duration, error) {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	name := []byte(fmt.Sprintf("cpu%d ", core))
	for line := range bytes.Lines(data) {
		if !bytes.HasPrefix(line, name) {
			continue
		}
		sum := int64(0)
		for i, field := range strings.Fields(string(line))[1:9] {
			ticks, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return 0, err
			}
			if i != 3 && i != 4 { // idle, and waiting for disks
				sum += ticks
			}
		}
		return time.Duration(sum) * 10 * time.Millisecond, nil
	}
	return 0, fmt.Errorf("no core %d", core)
}

// machine says what the figures were measured on.
func machine() string {
	model := "unknown processor"
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range bytes.Lines(data) {
			if name, v, ok := bytes.Cut(line, []byte(":")); ok && strings.TrimSpace(string(name)) == "model name" {
				model = strings.TrimSpace(string(v))
			}
		}
	}
	var u unix.Utsname
	release := ""
	if unix.Uname(&u) == nil {
		release = unix.ByteSliceToString(u.Release[:])
	}
	return fmt.Sprintf("%s, virtual machine, Linux %s", model, strings.SplitN(release, "-", 2)[0])
}
