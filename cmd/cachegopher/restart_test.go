package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestKillAndRestart kills a node that has clients and starts another one on the same port at once.
func TestKillAndRestart(t *testing.T) {
	t.Parallel()
	d := start(t)
	for range 5 {
		c := d.dial()
		c.want("SET k v", "OK")
		d.Kill()
		next := launch(t, t.TempDir(), binary, "--address", d.address)
		next.address = d.address
		next.serving()
		next.dial().want("GET k", "ERROR: Key not found")
		d = next
	}
}

// TestSocketLeftOver restarts on a unix socket that a killed node left behind.
func TestSocketLeftOver(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "n.sock")
	for range 2 {
		d := launch(t, t.TempDir(), binary, "--address", "unix://"+socket)
		d.serving()
		d.dialTo("unix", socket).want("PING", "PONG")
		d.Kill()
	}
}

// TestAddressTaken: a node cannot listen on the address of a running node, TCP or unix socket.
func TestAddressTaken(t *testing.T) {
	socket := "unix://" + filepath.Join(t.TempDir(), "n.sock")
	d := start(t, "--address", socket)
	for _, address := range []string{d.address, socket} {
		status, _, stderr := command(t, t.TempDir(), "--address", address)
		if status != exitFailed || !strings.Contains(stderr, strings.TrimPrefix(address, "unix://")) || !strings.Contains(stderr, "in use") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("status %d, %q", status, stderr)
		}
	}
	d.dial().want("PING", "PONG")
}
