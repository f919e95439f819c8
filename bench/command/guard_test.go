package command

import (
	"context"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/redistest"
)

// TestFullServersAreNotLoadedUnasked has a redis-server with a key of somebody else.
func TestFullServersAreNotLoadedUnasked(t *testing.T) {
	server := redistest.Start(t)
	run := func(more string) (status int, said string) {
		status, out, said := call(context.Background(), strings.Fields("run redis://"+server.Socket+" --keys 100 -c 2 --count 1000 --warmup 0s --rounds 1 --quiet "+more)...)
		return status, out + said
	}
	if status, said := run(""); status != 0 {
		t.Fatalf("an empty one: status %d: %s", status, said)
	}
	if status, said := run(""); status == 0 || !strings.Contains(said, "holds 100 entries") || !strings.Contains(said, "--yes agrees") || !strings.Contains(said, "it holds entries already") {
		t.Errorf("one with entries: status %d: %s", status, said)
	}
	if status, said := run("--no-fill --mix get=1 --expect-hits yes"); status != 0 {
		t.Errorf("reads alone, of what is there: status %d: %s", status, said)
	}
	if status, said := run("--yes"); status != 0 {
		t.Errorf("with --yes: status %d: %s", status, said)
	}
	if status, said := run("--key-prefix other: --no-fill --mix get=1 --expect-hits yes"); status == 0 || !strings.Contains(said, "missing") {
		t.Errorf("reads of keys that are not there: status %d: %s", status, said)
	}
}
