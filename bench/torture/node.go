//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

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
	return nodeprocess.Await(ctx, limit, often, func() error {
		if !n.process.Alive() {
			return errors.Join(nodeprocess.ErrEnded, n.faults())
		}
		err := greet(ctx, n.address)
		if n.set.security != nil && refused(err) {
			return nil // it serves: it refuses a client that has not signed in
		}
		return err
	})
}

func (n *node) pid() int { return n.process.PID() }

// kill ends the process at once.
func (n *node) kill() {
	if n.process != nil {
		n.process.Kill()
	}
}

// errNotYet means that SIGTERM came before the program handled signals; beforeMain is how long that may take after the
// process was started, on a busy machine.
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
