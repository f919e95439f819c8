package sut

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Sched is how long a thread ran, and how long it was ready to run while others had its core.
type Sched struct{ Ran, Waited time.Duration }

// Threads are those of a process, by id.
type Threads map[int]Sched

// ThreadsOf reads the times of a process's threads. Linux tells them, if it was built to.
func ThreadsOf(pid int) (Threads, error) {
	folder := fmt.Sprintf("/proc/%d/task", pid)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	all := Threads{}
	for _, e := range entries {
		id, err := strconv.Atoi(e.Name())
		if err != nil {
			return nil, err
		}
		s, err := readSched(folder + "/" + e.Name() + "/schedstat")
		switch {
		case err == nil:
			all[id] = s
		case !os.IsNotExist(err): // a thread may end meanwhile
			return nil, err
		}
	}
	return all, nil
}

// ThisThread is ThreadsOf for the calling thread, to which its goroutine must be locked.
func ThisThread() (Sched, error) { return readSched("/proc/thread-self/schedstat") }

func readSched(path string) (s Sched, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	fields := strings.Fields(string(data))
	if len(fields) < 2 {
		return s, errors.New(path + " is not as expected")
	}
	ran, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return s, err
	}
	waited, err := strconv.ParseInt(fields[1], 10, 64)
	return Sched{time.Duration(ran), time.Duration(waited)}, err
}

// Busiest is what the thread that ran most since before did since then.
func (t Threads) Busiest(before Threads) (most Sched) {
	for id, s := range t {
		s.Ran -= before[id].Ran
		s.Waited -= before[id].Waited
		if s.Ran > most.Ran {
			most = s
		}
	}
	return most
}

// MachineTime is what all cores together did since boot, to a hundredth of a second.
type MachineTime struct{ Busy, Steal, All time.Duration }

// ReadMachine reads the machine's times.
func ReadMachine() (m MachineTime, err error) {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return m, err
	}
	first, _, _ := strings.Cut(string(data), "\n")
	times, ok := strings.CutPrefix(first, "cpu ")
	if !ok {
		return m, errors.New("/proc/stat is not as expected")
	}
	return timesOf(times)
}

// timesOf reads the times in a line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal, and others.
func timesOf(line string) (m MachineTime, err error) {
	fields := strings.Fields(line)
	if len(fields) < 8 {
		return m, errors.New("/proc/stat is not as expected")
	}
	for i, f := range fields[:8] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return m, err
		}
		d := time.Duration(n) * tick
		m.All += d
		switch i {
		case 3, 4: // idle, and waiting for disks
		case 7:
			m.Steal += d
		default:
			m.Busy += d
		}
	}
	return m, nil
}

// Since is what happened since an earlier reading.
func (m MachineTime) Since(o MachineTime) MachineTime {
	return MachineTime{m.Busy - o.Busy, m.Steal - o.Steal, m.All - o.All}
}
