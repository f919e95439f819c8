package main

import (
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// stoppable starts a primary and a secondary, and returns a connection to the primary once they are in step. Records wait
// for 1 s until they are sent.
func stoppable(t *testing.T) (g *group, w *peer) {
	t.Helper()
	g = directGroup(t, 1, map[string]any{"common": map[string]any{"max_memory": "64MB", "replication_delay": "1s"}})
	g.start(1)
	g.nodes[1].serving()
	g.start(0)
	g.nodes[0].serving()
	w = asked(t, nil, g.addresses[0])
	g.nodes[0].eventually("secondary in step", func() bool {
		n, err := w.do("WAIT", "1", "5000")
		return err == nil && n == "1"
	})
	return g, w
}

// demand sends many requests whose replies are far too large for the kernel's buffers, a SET before each GET.
func demand(t *testing.T, address string, requests int) *peer {
	t.Helper()
	c := asked(t, nil, address)
	if err := c.Conn.Conn.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := c.do("SET", "large", strings.Repeat("v", 60_000)); err != nil {
		t.Fatal(err)
	}
	var all []byte
	for i := range requests {
		all = wire.Request(wire.Request(all, "SET", "k"+strconv.Itoa(i), "v"), "GET", "large")
	}
	if _, err := c.Write(all); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestStopSlowWriter stops a primary while a client reads the replies to its writes so slowly that they would take longer
// than the stop: the secondary has all that were acknowledged.
func TestStopSlowWriter(t *testing.T) {
	t.Parallel()
	for {
		g, _ := stoppable(t)
		const requests = 4000 // 240 MB
		c := demand(t, g.addresses[0], requests)
		time.Sleep(250 * time.Millisecond) // so that records become due 4.75 s after the signal, when the node must have ended
		g.nodes[0].signal(syscall.SIGTERM)
		acked := 0
		for ; acked < requests; acked++ {
			if reply, err := wire.ReadReply(c.R); err != nil || reply.Text != "OK" {
				break
			}
			if _, err := wire.ReadReply(c.R); err != nil {
				acked++
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		if status := g.nodes[0].ended(patience); status != exitDone || acked == 0 || acked == requests {
			t.Fatalf("exit status %d, %d writes were acknowledged", status, acked)
		}
		if strings.Contains(g.nodes[0].stdout.String(), "lacks the last writes") {
			continue // the machine is too busy for this primary to wait for its secondary
		}
		at := asked(t, nil, g.addresses[1])
		for i := range acked {
			if got, err := at.do("GET", "k"+strconv.Itoa(i)); err != nil || got != "v" {
				t.Fatalf("of %d acknowledged writes the secondary lacks %d: %v, %v", acked, i, got, err)
			}
		}
		return
	}
}

// TestStopDeafClient stops a primary whose client does not read, and whose secondary is frozen: the log says what the
// secondary lacks.
func TestStopDeafClient(t *testing.T) {
	t.Parallel()
	g, w := stoppable(t)
	demand(t, g.addresses[0], 400)
	g.nodes[1].signal(syscall.SIGSTOP)
	if _, err := w.do("SET", "last", "v"); err != nil {
		t.Fatal(err)
	}
	g.nodes[0].signal(syscall.SIGTERM)
	status := g.nodes[0].ended(patience)
	g.nodes[1].signal(syscall.SIGCONT)
	log := g.nodes[0].stdout.String()
	if status != exitDone || !strings.Contains(log, "stopping although a secondary lacks the last writes") || strings.Contains(log, "stopping took too long") {
		t.Errorf("exit status %d, %s", status, log)
	}
}
