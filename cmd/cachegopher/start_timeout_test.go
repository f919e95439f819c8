package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestExtendStart: the start timeout is extended while a recovery progresses, and no longer.
func TestExtendStart(t *testing.T) {
	m := playManager(t)
	t.Setenv("NOTIFY_SOCKET", m.path)
	const rising, stuck = 3, 5
	serving := make(chan struct{})
	calls := int64(0)
	progress := func() int64 {
		if calls++; calls == rising+stuck {
			close(serving)
		}
		return min(calls, rising)
	}
	done := make(chan struct{})
	go func() {
		extendStart(context.Background(), serving, progress, time.Millisecond)
		notify("STATUS=last") // everything before it has arrived once this has
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("it goes on although the node serves")
	}
	(&daemon{t: t, stdout: new(lines), stderr: new(lines)}).eventually("the last notice", m.got("STATUS=last"))
	if n := strings.Count(m.String(), "EXTEND_TIMEOUT_USEC=30000000\n"); n != rising {
		t.Errorf("%d extensions for %d steps of progress:\n%s", n, rising, m.String())
	}
}
