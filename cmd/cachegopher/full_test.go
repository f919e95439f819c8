package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// pairWith prepares a primary and a secondary, with further keys in "common" and a section security.
func pairWith(t *testing.T, common, security string) *group {
	t.Helper()
	g := directGroup(t, 1, map[string]any{"common": map[string]any{"max_memory": "64MB"}})
	if common != "" {
		g.edit(addsCommon(common))
	}
	g.edit(adds(security))
	return g
}

// crowd connects clients to the secondary until one is refused, and then some more, which stay idle.
func (g *group) crowd() {
	g.t.Helper()
	g.nodes[1].eventually("limit of clients", func() bool {
		c := g.nodes[1].dial()
		io.WriteString(c, "GET none\n") //nolint:errcheck // it may be closed
		line, _ := c.r.ReadString('\n')
		return strings.Contains(strings.ToLower(line), "too many connections")
	})
	for range 50 {
		g.nodes[1].dial()
	}
}

// TestCrowdedSecondary: a primary that restarts while clients crowd its secondary gets its data, whichever limit they have
// reached, and --health finds the crowded node healthy.
func TestCrowdedSecondary(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, c := range map[string]struct{ common, security, signIn string }{
		"max_connections":            {`"max_connections": 8`, `"security": {}`, ""},
		"connections_per_address":    {``, `"security": {"connections_per_address": 4}`, ""},
		"new_connections_per_second": {``, `"security": {"new_connections_per_second": 4}`, ""},
		"users":                      {`"max_connections": 8`, securityOf(t, folder, ""), "AUTH app hunter2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := pairWith(t, c.common, c.security)
			g.startAll()
			w := g.nodes[0].dial()
			if c.signIn != "" {
				w.want(c.signIn, "OK")
			}
			w.want("SET k v", "OK")
			reader := g.nodes[1].dial()
			if c.signIn != "" {
				reader.want(c.signIn, "OK")
			}
			g.nodes[1].eventually("value at the secondary", func() bool { return reader.ask("GET k") == "v" })
			g.kill(0)
			ended := make(chan struct{})
			crowding := make(chan struct{})
			go func() { // more and more, for the limit of new connections a second
				defer close(crowding)
				for {
					select {
					case <-ended:
						return
					case <-time.After(20 * time.Millisecond):
						g.crowd()
					}
				}
			}()
			g.crowd()
			g.start(0)
			g.nodes[0].serving()
			back := g.nodes[0].dial()
			if c.signIn != "" {
				back.want(c.signIn, "OK")
			}
			back.want("GET k", "v")
			back.want("SET k w", "OK")
			if status, _, stderr := command(t, g.folders[1], "--health", "--server-id", "n1"); status != exitDone {
				t.Errorf("--health of the crowded node: %d, %s", status, stderr)
			}
			close(ended)
			<-crowding
			g.nodes[1].eventually("stream to the crowded secondary", func() bool { return reader.ask("GET k") == "w" })
		})
	}
}

// TestConnectionBeyondTheLimit: a connection beyond the limit cannot execute clients' commands in either dialect, and is closed
// after two seconds whatever it does.
func TestConnectionBeyondTheLimit(t *testing.T) {
	t.Parallel()
	d := startConfig(t, `{"common": {"max_connections": 1}, `+securityOf(t, t.TempDir(), "")+`, "servers": [{"id": "a", "address": "%A", "role": "primary"}]}`)
	d.serving()
	held := d.dial()
	held.want("PING", "PONG")
	for request, want := range map[string]string{
		"GET k\n": "ERROR: Too many connections", "HELP\n": "ERROR: Too many connections", "NONSENSE\n": "ERROR: Too many connections",
		"*1\r\n$4\r\nTIME\r\n": "-ERR Too many connections\r", "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n": "-ERR Too many connections\r",
		string(wire.Request(nil, "HELLO", "3", "AUTH", "app", "hunter2")): "-ERR Too many connections\r",
		"AUTH app hunter2\nGET k\n":                                       "OK\nERROR: Too many connections", "PING\nSET k v\n": "PONG\nERROR: Too many connections",
		"*3\r\n$4\r\nAUTH\r\n$4\r\nnode\r\n$7\r\nhunter2\r\n*1\r\n$6\r\nDBSIZE\r\n": "+OK\r\n-ERR Too many connections\r",
	} {
		c := d.dial()
		c.send(request)
		if got, err := io.ReadAll(c.r); string(got) != want+"\n" || err != nil {
			t.Errorf("%q is answered %q, %v", request, got, err)
		}
	}
	// Nodes and administrators see how the node is.
	for _, signIn := range [][]string{{"AUTH", "node", "hunter2"}, {"HELLO", "2", "AUTH", "ops", "hunter2"}} {
		c := d.dial()
		c.send(string(wire.Request(wire.Request(wire.Request(wire.Request(nil, signIn...), "INFO", "server"), "TOPOLOGY"), "QUIT")))
		got, err := io.ReadAll(c.r)
		if text := string(got); !strings.Contains(text, "cachegopher_version") || !strings.Contains(text, `"servers"`) || strings.Contains(text, "-ERR") {
			t.Errorf("after %s: %q, %v", signIn, got, err)
		}
	}
	c, redis := d.dial(), d.dial()
	for end, over := time.Now().Add(patience), false; !over; time.Sleep(50 * time.Millisecond) {
		over = pinged(t, c, "PING\n", "PONG\n", "ERROR: Too many connections\n")
		over = pinged(t, redis, "*1\r\n$4\r\nPING\r\n", "+PONG\r\n", "-ERR Too many connections\r\n") && over
		if time.Now().After(end) {
			t.Fatal("not closed")
		}
	}
	// An operator has the time to raise the limit.
	d.eventually("limit raised", func() bool { // a busy machine may take these two seconds
		ops, began := d.dial(), time.Now()
		ops.send(string(wire.Request(wire.Request(nil, "AUTH", "ops", "hunter2"), "CONFIG", "SET", "maxclients", "20")))
		got := make([]byte, len("+OK\r\n+OK\r\n"))
		_, err := io.ReadFull(ops.r, got)
		if string(got) != "+OK\r\n+OK\r\n" && time.Since(began) < time.Second {
			t.Fatalf("AUTH and CONFIG SET maxclients are answered %q, %v", got, err)
		}
		return err == nil
	})
	d.dial().want("AUTH app hunter2", "OK")
	if n := number(t, d.statsAs("AUTH app hunter2"), "rejected_connections"); n < 9 {
		t.Errorf("%d rejected connections counted", n)
	}
}

// pinged sends a PING, and reports whether the node has closed the connection. The reply must be pong, or refusal at the end.
func pinged(t *testing.T, c *conn, ping, pong, refusal string) (closed bool) {
	t.Helper()
	io.WriteString(c, ping) //nolint:errcheck // it is closed in the end
	line, err := c.r.ReadString('\n')
	if line != pong && line != refusal && err == nil {
		t.Fatalf("got %q", line)
	}
	return err != nil || line == refusal
}

// statsAs is stats after signing in.
func (d *daemon) statsAs(signIn string) map[string]string {
	d.t.Helper()
	c := d.dial()
	c.want(signIn, "OK")
	return c.stats()
}
