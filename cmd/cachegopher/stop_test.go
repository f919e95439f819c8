package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/machine"
)

// TestStop sends each signal that stops a node while requests are in flight: received requests get their replies.
func TestStop(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(s.String(), func(t *testing.T) {
			d := start(t)
			idle, busy := d.dial(), d.dial()
			idle.want("PING", "PONG")
			const requests = 200 // few enough that their replies fit into the kernel's buffers
			busy.want("SET k "+strings.Repeat("v", 1000), "OK")
			busy.send(strings.Repeat("GET k\n", requests))
			d.eventually("execution", func() bool { return number(t, d.stats(), "hits") == requests })
			d.signal(s)
			got, err := io.ReadAll(busy.r)
			if err != nil || len(got) != requests*1001 {
				t.Errorf("got %d of %d bytes, %v", len(got), requests*1001, err)
			}
			idle.closed()
			if status := d.ended(patience); status != exitDone {
				t.Errorf("exit status %d", status)
			}
			if c, err := net.Dial("tcp", d.address); err == nil {
				c.Close() //nolint:errcheck // not needed
				t.Error("the node is gone and still accepts")
			}
			if !strings.Contains(d.stdout.String(), "INFO stopped") {
				t.Error("the log does not say that it stopped")
			}
		})
	}
}

// TestStopWhileStarting sends the signal before the node has read its config: it stops once it has started.
func TestStopWhileStarting(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "slow.json")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	d := launch(t, folder, binary, "--config", path)
	config, err := os.OpenFile(path, os.O_WRONLY, 0) // returns when the node reads
	if err != nil {
		t.Fatal(err)
	}
	d.signal(syscall.SIGTERM)
	if _, err := io.WriteString(config, `{"servers":[{"id":"a","address":"127.0.0.1:`+freePort(t)+`","role":"primary"}]}`); err != nil {
		t.Error(err)
	}
	if err := config.Close(); err != nil {
		t.Error(err)
	}
	if status := d.ended(patience); status != exitDone {
		t.Errorf("exit status %d", status)
	}
}

// TestStopWithSlowReader: the node stops although a client does not read its replies.
func TestStopWithSlowReader(t *testing.T) {
	t.Parallel()
	d := start(t)
	slow := d.dial()
	slow.want("SET k "+strings.Repeat("v", 60_000), "OK")
	slow.send(strings.Repeat("GET k\n", 2000))
	d.dial().want("PING", "PONG")
	d.signal(syscall.SIGTERM)
	m, began := machine.Start(t), time.Now()
	if status := d.ended(patience); status != exitDone {
		t.Errorf("exit status %d", status)
	}
	if took := time.Since(began); took > m.Allow(7*time.Second) { // a node ends after 4.5 s
		t.Errorf("stopped only after %v", took)
	}
}

// TestStopHurried: a second SIGINT and SIGQUIT end the node at once, without waiting for such a client.
func TestStopHurried(t *testing.T) {
	t.Parallel()
	for _, again := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT} {
		t.Run(again.String(), func(t *testing.T) {
			t.Parallel()
			d := start(t)
			slow := d.dial()
			slow.want("SET k "+strings.Repeat("v", 60_000), "OK")
			slow.send(strings.Repeat("GET k\n", 2000))
			d.dial().want("PING", "PONG")
			d.signal(syscall.SIGINT)
			d.eventually("first signal", func() bool { return strings.Contains(d.stdout.String(), "stopping") })
			time.Sleep(2 * samePress) // so that it is another press of the key
			d.signal(again)
			if status := d.ended(patience); status != exitFailed || !strings.Contains(d.stderr.String(), errHurried.Error()) {
				t.Errorf("exit status %d, %s", status, d.stderr)
			}
		})
	}
}

// TestStopTwiceLosesNothing sends SIGTERM several times at once to a primary with a write that its secondary does not
// have yet: it stops as after one signal, and the secondary gets the write.
func TestStopTwiceLosesNothing(t *testing.T) {
	t.Parallel()
	g := directGroup(t, 1, map[string]any{"common": map[string]any{"max_memory": "64MB", "replication_delay": "50ms"}})
	g.start(1)
	secondary := g.nodes[1]
	secondary.serving()
	for kept := 0; kept < 5; {
		g.start(0)
		primary := g.nodes[0]
		primary.serving()
		w, err := dialPeer(primary.address)
		if err != nil {
			t.Fatal(err)
		}
		inStep := func() bool { n, err := w.do("WAIT", "1", "1000"); return err == nil && n == "1" }
		primary.eventually("secondary in step", inStep)
		value := strconv.Itoa(kept)
		if _, err := w.do("SET", "last", value); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			primary.signal(syscall.SIGTERM)
			time.Sleep(time.Millisecond)
		}
		if status := primary.ended(patience); status != exitDone {
			t.Fatalf("exit status %d", status)
		}
		w.Close() //nolint:errcheck // its node is gone
		if strings.Contains(primary.stdout.String(), "lacks the last writes") {
			continue // the machine is too busy for this primary to wait for its secondary
		}
		kept++
		secondary.dial().want("GET last", value)
	}
}
