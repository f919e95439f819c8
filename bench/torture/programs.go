//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// programs are the binaries that are attacked, and this one.
type programs struct {
	plain, raced, self string
	repository         string // where go test finds the packages
	*launcher
}

// binary returns the path of the node, built with or without the race detector.
func (p programs) binary(raced bool) string {
	if raced {
		return p.raced
	}
	return p.plain
}

// settings are what a node is started with beyond what all nodes have.
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

// build builds both nodes.
func build(ctx context.Context, f flags, folder string) (p programs, err error) {
	if p.self, err = os.Executable(); err != nil {
		return p, err
	}
	if p.repository, err = filepath.Abs(f.repository); err != nil {
		return p, err
	}
	for _, kind := range strings.Split(f.builds, ",") {
		path := filepath.Join(folder, "cachegopher-"+kind)
		switch kind {
		case "plain":
			p.plain = path
		case "race":
			p.raced = path
		default:
			return p, fmt.Errorf("-builds: %q is neither plain nor race", kind)
		}
		if err := p.buildNode(ctx, path, kind == "race"); err != nil {
			return p, err
		}
	}
	return p, nil
}

// buildNode builds the node to path, by more flags of go build if there are some.
func (p programs) buildNode(ctx context.Context, path string, raced bool, flags ...string) error {
	kind := []string{"-tags", "poll_opt"}
	if raced { // without poll_opt: checkptr refuses that poller
		kind = []string{"-race"}
	}
	cmd := exec.CommandContext(ctx, "go", slices.Concat([]string{"build", "-o", path}, kind, flags, []string{"./cmd/cachegopher"})...)
	cmd.Dir = p.repository
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the node %s: %w\n%s", filepath.Base(path), err, out)
	}
	return nil
}
