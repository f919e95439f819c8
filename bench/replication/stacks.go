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

// share is who used a node's CPU.
type share uint8

const (
	shareLoops     share = iota // event loops: reading, executing, logging, waking senders, writing, giving way
	shareSenders                // what drives the links to secondaries
	shareScheduler              // the runtime between goroutines: mostly senders that go to sleep and wake
	shareRest
	shares
)

// callers are functions that tell whose a stack is. Nobody but event loops gives way unasked.
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

// countStacks reads what perf script prints of pids and symbols: a line for each sample, below it one for each
// call, and an empty one. Of what the calls tell the first in the order of shares is believed.
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

// canSample returns why what runs in processes of a binary cannot be told, or nil.
func canSample(binary string) error {
	if _, err := exec.LookPath("perf"); err != nil {
		return err
	}
	f, err := elf.Open(binary)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is read
	if _, err = f.Symbols(); err != nil {
		return fmt.Errorf("%s: %w", binary, err)
	}
	return nil
}

// sampled has perf look 1,999 times a second of CPU what a process runs, while do runs, which takes about d.
func sampled(pid int, d time.Duration, do func() error) (n [shares]int64, err error) {
	folder, err := os.MkdirTemp("", "replication")
	if err != nil {
		return n, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // it is the system's for such things
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
