//go:build linux

package replication

import (
	"bufio"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// share is a part of the node, by which its CPU use is divided.
type share uint8

const (
	shareLoops     share = iota // event loops: reading, executing, logging, waking senders, writing, giving way
	shareSenders                // goroutines that drive the links to secondaries
	shareScheduler              // the runtime's scheduler: mostly senders parking and waking
	shareRest
	shares
)

// callers are functions whose presence in a stack says which share it belongs to. Only event loops yield voluntarily.
var callers = []struct {
	part string
	of   share
}{
	{"netpoll.(*Poller).Polling", shareLoops},
	{"runtime.gosched_m", shareLoops},
	{"replica.(*Runner).drive", shareSenders},
	{"replica.(*driver).", shareSenders},
	{"runtime.mcall", shareScheduler},
	{"runtime.mstart", shareScheduler},
}

// countStacks counts samples by share in the output of perf script with pids and symbols: one line for each sample, below
// it one for each call, then an empty line. If several callers match, the first in the order of shares wins.
func countStacks(r io.Reader) (n [shares]int64, err error) {
	best, open := shareRest, false
	in := bufio.NewScanner(r)
	for in.Scan() {
		line := in.Text()
		if line == "" {
			if open {
				n[best]++
			}
			best, open = shareRest, false
			continue
		}
		open = true
		for _, c := range callers {
			if strings.Contains(line, c.part) {
				best = min(best, c.of)
			}
		}
	}
	return n, in.Err()
}

// canSample returns why processes of a binary cannot be sampled, or nil.
func canSample(binary string) error {
	if _, err := exec.LookPath("perf"); err != nil {
		return err
	}
	f, err := elf.Open(binary)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read from
	if _, err = f.Symbols(); err != nil {
		return fmt.Errorf("%s: %w", binary, err)
	}
	return nil
}

// sampled has perf sample a process 1,999 times per second of its CPU time, while do runs, which takes about d.
func sampled(pid int, d time.Duration, do func() error) (n [shares]int64, err error) {
	folder, err := os.MkdirTemp("", "replication")
	if err != nil {
		return n, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	file := filepath.Join(folder, "perf.data")
	record := exec.Command("perf", "record", "-q", "-F", "1999", "-e", "cpu-clock", "-g", "-o", file,
		"-p", strconv.Itoa(pid), "--", "sleep", fmt.Sprint(d.Seconds()))
	var said nodeprocess.Tail
	record.Stdout, record.Stderr = &said, &said
	if err := record.Start(); err != nil {
		return n, err
	}
	err = do()
	if e := record.Wait(); e != nil {
		err = errors.Join(err, fmt.Errorf("perf record: %w: %s", e, said.Last()))
	}
	if err != nil {
		return n, err
	}
	out, err := exec.Command("perf", "script", "-i", file, "-F", "pid,ip,sym").Output()
	if err != nil {
		return n, fmt.Errorf("perf script: %w", err)
	}
	return countStacks(bytes.NewReader(out))
}
