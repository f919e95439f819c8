package main

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
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
				c.Close() //nolint:errcheck // unwanted
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
	if took := time.Since(began); took > m.Allow(7*time.Second) { // a client may take 10 s for its replies
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

// TestConfigured runs a server of a config with a log file, moves the file away and sends SIGHUP.
func TestConfigured(t *testing.T) {
	d := startConfig(t, `{"common": {"max_size": 1000, "max_memory": "64MB", "event_loops": 1},
		"servers": [{"id": "n1", "address": "%A", "role": "primary"}],
		"logging": {"level": "debug", "file": "n.log"}}`)
	d.serving()
	// The terminal's line comes first; the file's may still be on its way.
	d.eventually("line in the log file", func() bool {
		return regexp.MustCompile(`serving.*\n`).MatchString(d.logFile("n.log"))
	})
	var line map[string]any
	for text := range strings.Lines(d.logFile("n.log")) {
		if strings.Contains(text, "serving") {
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, want := range map[string]any{"node": "n1", "role": "primary", "address": d.address, "max_size": "1000", "max_memory": "64MB", "event_loops": 1.0} {
		if line[name] != want {
			t.Errorf("%s is %v, want %v in %v", name, line[name], want, line)
		}
	}
	const secret = "do-not-log-this-value"
	d.dial().want("SET k "+secret, "OK")
	if err := os.Rename(filepath.Join(d.folder, "n.log"), filepath.Join(d.folder, "n.log.1")); err != nil {
		t.Fatal(err)
	}
	d.signal(syscall.SIGHUP)
	d.eventually("new log file", func() bool {
		data, _ := os.ReadFile(filepath.Join(d.folder, "n.log"))
		return strings.Contains(string(data), "log file reopened")
	})
	d.dial().want("GET k", secret)
	d.signal(syscall.SIGTERM)
	if status := d.ended(patience); status != exitDone {
		t.Errorf("exit status %d", status)
	}
	if all := d.logFile("n.log") + d.logFile("n.log.1") + d.stdout.String(); strings.Contains(all, secret) {
		t.Errorf("a value is in the log: %s", all)
	}
	if !strings.Contains(d.logFile("n.log"), `"msg":"stopped"`) {
		t.Error("the new log file does not say that the node stopped")
	}
}

// TestProduction: with "production" nothing goes to standard output.
func TestProduction(t *testing.T) {
	d := startConfig(t, `{"common": {"production": true}, "servers": [{"id": "n1", "address": "%A", "role": "primary"}], "logging": {"file": "n.log"}}`)
	d.eventually("a node that serves", func() bool {
		data, _ := os.ReadFile(filepath.Join(d.folder, "n.log"))
		return strings.Contains(string(data), "serving")
	})
	d.dial().want("PING", "PONG")
	d.signal(syscall.SIGTERM)
	if status := d.ended(patience); status != exitDone || d.stdout.String() != "" || d.stderr.String() != "" {
		t.Errorf("status %d, %q, %q", status, d.stdout, d.stderr)
	}
}

// TestSecondary: a secondary without its primary serves reads and refuses writes.
func TestSecondary(t *testing.T) {
	address, folder := freeAddress(t), t.TempDir()
	write(t, folder, "cacheGopherConfig.json", strings.NewReplacer("localhost:31337", "127.0.0.1:1", "localhost:31338", address).Replace(twoServers))
	d := launch(t, folder, binary, "--server-id", "server_A2")
	d.address = address
	d.serving()
	c := d.dial()
	c.want("SET k v", "ERROR: READONLY You can't write against a read only replica.")
	c.want("GET k", "ERROR: Key not found")
	if !strings.Contains(d.stdout.String(), `"role": "secondary"`) || !strings.Contains(d.stdout.String(), `"group": "server_A1"`) {
		t.Error("the log does not say what the node is")
	}
}

// TestStandalone: a node without a config logs that.
func TestStandalone(t *testing.T) {
	if d := start(t); !strings.Contains(d.stdout.String(), "no config: running a standalone node") {
		t.Error("the log does not say that there is no config")
	}
}

// TestTerminalGone closes the reading end of the node's standard output: the node goes on.
func TestTerminalGone(t *testing.T) {
	read, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	d := launchTo(t, out, t.TempDir(), binary, "--address", address)
	d.address = address
	d.eventually("a node that listens", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close() //nolint:errcheck // only tried
		}
		return err == nil
	})
	read.Close() //nolint:errcheck // so that writing fails
	out.Close()  //nolint:errcheck // the node has its own
	d.signal(syscall.SIGHUP)
	d.signal(syscall.SIGHUP)
	c := d.dial()
	for range 20 {
		c.want("PING", "PONG")
		time.Sleep(5 * time.Millisecond)
	}
	d.signal(syscall.SIGTERM)
	if status := d.ended(patience); status != exitDone {
		t.Errorf("exit status %d", status)
	}
}
