package main

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

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
