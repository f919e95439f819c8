package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/cachegopher/cachegopher/lru"
)

// TestKeptOnFullTmpfs: a node whose file system has less room than max_memory warns, evicts entries once it is full, and goes on;
// so does its next process.
func TestKeptOnFullTmpfs(t *testing.T) {
	if !lru.CanShare {
		t.Skip("SKIPPED: this build cannot keep memory")
	}
	folder := t.TempDir()
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "size=64M"); err != nil {
		t.Skip("SKIPPED: cannot mount a tmpfs: ", err)
	}
	t.Cleanup(func() { unix.Unmount(folder, unix.MNT_DETACH) }) //nolint:errcheck // the test is over
	other := filepath.Join(folder, "other")
	if err := os.WriteFile(other, make([]byte, 40<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	d := startConfig(t, keptConfig(folder, `, "max_memory": "60MB"`))
	d.serving()
	if !strings.Contains(d.stdout.String(), "the node evicts entries once that is used up") {
		t.Error("it does not warn")
	}
	for round, end := range []func(){d.Kill, func() { d.stopped() }, nil} {
		c := peerOf(t, d.address)
		value := strings.Repeat("v", 1000)
		for i := range 60_000 {
			if _, err := c.do("SET", fmt.Sprintf("%d:%d", round, i), value); err != nil && !strings.Contains(err.Error(), "memory") {
				t.Fatal(err)
			}
		}
		last := fmt.Sprintf("%d:%d", round, 59_999)
		if got := c.must(t, "GET", last); got != value {
			t.Errorf("round %d: the entry stored last is %.20q", round, got)
		}
		if end == nil {
			break
		}
		end()
		d = d.again()
		if got := peerOf(t, d.address).must(t, "GET", last); got != value {
			t.Errorf("after round %d the entry stored last is %.20q", round, got)
		}
	}
}
