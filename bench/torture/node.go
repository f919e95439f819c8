//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// programs are the binaries that are attacked, and this one.
type programs struct {
	plain, raced, self string
	repository         string // where go test finds the packages
	*launcher
}

// binary is the node's, of the build that is attacked.
func (p programs) binary(raced bool) string {
	if raced {
		return p.raced
	}
	return p.plain
}

// settings are what a node is started with beside what all have. Comparable to its zero value by its parts.
type settings struct {
	common   map[string]any
	logging  map[string]any
	security map[string]any // users; well-behaved clients sign in as app
	tls      bool           // a listener with TLS, for half of the well-behaved clients
	files    int            // limit of open files; 0: as it is
	env      []string       // NAME=value
	flags    []string
	folders  []string // in the working folder
}

func (s settings) own() bool {
	return s.common != nil || s.logging != nil || s.security != nil || s.tls || s.files != 0 || s.env != nil || s.flags != nil
}

// budgets of the shared node; its allowed peak of memory follows from them.
const (
	maxMemory     = 64 << 20
	clientBuffers = 64 << 20
	allowedAbove  = 64 << 20 // memory beside budget and buffers
	settledWithin = 20 << 20 // memory afterwards above that of before
)

// common returns the default settings of a node.
func common() map[string]any {
	return map[string]any{"max_memory": maxMemory, "client_buffers": clientBuffers, "max_connections": 15000}
}

// node is a process that is attacked.
type node struct {
	process        *nodeprocess.Process // nil before it is started
	folder         string
	address, admin string
	secure         string // address with TLS; empty: none
	raced          bool
	memory         int64 // that it may take at its peak
	started        time.Time
	programs       programs
	instead        string // program to start instead; empty: the one that is attacked
	args           []string
	set            settings
}

// newNode prepares a node: a folder, and a config in which it is the server called id.
func newNode(p programs, folder string, raced bool, set settings, id string, servers []nodeprocess.Member) (*node, error) {
	for _, sub := range append([]string{""}, set.folders...) {
		if err := os.MkdirAll(filepath.Join(folder, sub), 0o755); err != nil {
			return nil, err
		}
	}
	all := common()
	maps.Copy(all, set.common)
	config := map[string]any{"common": all}
	if set.logging != nil {
		config["logging"] = set.logging
	}
	if set.security != nil {
		config["security"] = set.security
	}
	if set.tls {
		keys, err := issue(folder)
		if err != nil {
			return nil, err
		}
		config["security"] = keys
	}
	if err := nodeprocess.WriteConfig(filepath.Join(folder, "cacheGopherConfig.json"), servers, config); err != nil {
		return nil, err
	}
	n := &node{folder: folder, raced: raced, programs: p, set: set}
	n.args = append([]string{"--config", "cacheGopherConfig.json", "--server-id", id}, set.flags...)
	for _, m := range servers {
		if m.ID == id {
			n.address, n.admin, n.secure = m.Address, m.Admin, m.Secure
		}
	}
	for _, name := range []string{"max_memory", "client_buffers"} {
		if v, ok := all[name].(int); ok {
			n.memory += int64(v)
		}
	}
	n.memory += allowedAbove
	return n, nil
}

// single prepares a node without a group.
func single(p programs, folder string, raced bool, set settings) (*node, error) {
	free, err := nodeprocess.FreeAddresses(3)
	if err != nil {
		return nil, err
	}
	m := nodeprocess.Member{ID: "n0", Role: "primary", Address: free[0], Admin: free[1]}
	if set.tls {
		m.Secure = free[2]
	}
	return newNode(p, folder, raced, set, "n0", []nodeprocess.Member{m})
}

// start starts the process.
func (n *node) start() error {
	name, args := n.programs.binary(n.raced), n.args
	if n.instead != "" {
		name = n.instead
	}
	if n.set.files > 0 {
		name, args = "/bin/sh", append([]string{"-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, n.set.files), name}, n.args...)
	}
	log, err := os.OpenFile(n.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // the process has its own
	command := exec.Command(name, args...)
	command.Dir, command.Stdout, command.Stderr = n.folder, log, log
	command.Env = append(os.Environ(), n.set.env...)
	if n.process, err = n.programs.launch(command); err != nil {
		return fmt.Errorf("start a node: %w", err)
	}
	n.started = time.Now()
	return nil
}

func (n *node) logPath() string { return filepath.Join(n.folder, "output.log") }

// serving waits until the node answers requests.
func (n *node) serving(ctx context.Context, limit time.Duration) error {
	return eventually(ctx, limit, func() error {
		if !n.process.Alive() {
			return errors.Join(errEnded, n.faults())
		}
		err := greet(ctx, n.address)
		if n.set.security != nil && refused(err) {
			return nil // it serves: it refuses a client that has not signed in
		}
		return err
	})
}

var errEnded = errors.New("the node has ended")

// eventually asks until there is no error, or one that will not go away.
func eventually(ctx context.Context, limit time.Duration, ask func() error) error {
	for end := time.Now().Add(limit); ; {
		err := ask()
		if err == nil || errors.Is(err, errEnded) {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("after %v: %w", limit, err)
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

func (n *node) pid() int { return n.process.PID() }

// kill ends the process at once.
func (n *node) kill() {
	if n.process != nil {
		n.process.Kill()
	}
}

// errNotYet says that SIGTERM came before the program could listen for signals, and beforeMain is how long that may
// be after the start of its process, on a machine that is busy.
var errNotYet = errors.New("SIGTERM came before the program ran")

const beforeMain = 100 * time.Millisecond

// stop asks the node to end, and reports what was wrong with its end or its output.
func (n *node) stop() error {
	if n.process == nil {
		return nil
	}
	n.process.Signal(syscall.SIGCONT) //nolint:errcheck // it may have ended
	early := time.Since(n.started) < beforeMain
	if err := n.process.End(syscall.SIGTERM, 20*time.Second); err != nil {
		return errors.Join(fmt.Errorf("the node: %w", err), n.faults())
	}
	if s := n.process.State(); early && s.Sys().(syscall.WaitStatus).Signal() == syscall.SIGTERM {
		return errNotYet
	} else if !s.Success() {
		return errors.Join(fmt.Errorf("the node ended: %v", s), n.faults())
	}
	return n.faults()
}

// faults looks for races and panics in the node's output.
func (n *node) faults() error {
	text, err := os.ReadFile(n.logPath())
	if err != nil {
		return err
	}
	for _, sign := range []string{"DATA RACE", "panic", "fatal error", "checkptr"} {
		if at := bytes.Index(text, []byte(sign)); at >= 0 {
			return fmt.Errorf("the node wrote %q: %.1500s", sign, text[max(0, at-200):])
		}
	}
	return nil
}

// logLines counts the lines that the node wrote.
func (n *node) logLines() int {
	text, _ := os.ReadFile(n.logPath())
	return bytes.Count(text, []byte("\n"))
}

// metrics reads /metrics: name with labels as they stand there.
func (n *node) metrics(ctx context.Context) (map[string]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.admin+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	req.Close = true // so that no connection stays and is counted
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // read below
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	all := map[string]float64{}
	for line := range strings.Lines(string(body)) {
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		if v, err := strconv.ParseFloat(strings.TrimSpace(line[at+1:]), 64); err == nil {
			all[line[:at]] = v
		}
	}
	return all, nil
}

// resetPeak makes the kernel forget the node's memory peak.
func (n *node) resetPeak() {
	os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", n.pid()), []byte("5"), 0) //nolint:errcheck // peak is then since the start
}

// peak is the most memory since resetPeak, in bytes.
func (n *node) peak() int64 { return n.memoryField("VmHWM") }

// resident is the memory now, in bytes.
func (n *node) resident() int64 { return n.memoryField("VmRSS") }

func (n *node) memoryField(name string) int64 {
	v, _ := sut.Memory(n.pid(), name) // 0 of a process that has ended
	return v
}
