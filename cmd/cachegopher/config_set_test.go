package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// speak sends a request in RESP, given as words, and reads the first line of its reply.
func (c *conn) speak(words ...string) string {
	c.t.Helper()
	c.send(string(wire.Request(nil, words...)))
	return strings.TrimSuffix(c.line(), "\r")
}

// set changes a setting.
func (c *conn) set(name, value string) {
	c.t.Helper()
	if got := c.speak("CONFIG", "SET", name, value); got != "+OK" {
		c.t.Errorf("CONFIG SET %s %s is answered %s", name, value, got)
	}
}

// TestConfigSetMemory lowers and raises a running node's memory limit.
func TestConfigSetMemory(t *testing.T) {
	t.Parallel()
	d := start(t, "--max-memory", "64MB")
	c := d.dial()
	value := strings.Repeat("v", 10_000)
	fill := func() {
		for i := range 1000 {
			if got := c.speak("SET", fmt.Sprintf("k%d", i), value); got != "+OK" {
				t.Fatalf("SET is answered %s", got)
			}
		}
	}
	fill()
	if n := number(t, d.stats(), "entries"); n != 1000 {
		t.Fatalf("%d entries", n)
	}
	c.set("maxmemory", "4mb")
	const most = 4 << 20 / 10_000
	d.eventually("shrinking to 4 MB", func() bool { return number(t, d.stats(), "entries") <= most })
	fill()
	if stats := d.stats(); number(t, stats, "entries") > most || number(t, stats, "entries") < most*9/10 || number(t, stats, "used_bytes") > 4<<20 {
		t.Errorf("4 MB hold %v", stats)
	}
	c.set("maxmemory", "64mb")
	fill()
	if n := number(t, d.stats(), "entries"); n != 1000 {
		t.Errorf("after widening to 64 MB %d entries", n)
	}
	if got := c.speak("CONFIG", "SET", "maxmemory", "0"); !strings.HasPrefix(got, "-ERR CONFIG SET failed") {
		t.Errorf("no bound at all is answered %s", got)
	}
}

// TestConfigSetClients lowers and raises the number of connections.
func TestConfigSetClients(t *testing.T) {
	d := start(t)
	c, second := d.dial(), d.dial()
	second.want("PING", "PONG")
	c.set("maxclients", "2")
	third := d.dial()
	if got := third.line(); got != "ERROR: Too many connections" {
		t.Errorf("a third connection of two gets %q", got)
	}
	c.set("maxclients", "3")
	d.eventually("a third connection of three", func() bool {
		n, err := net.Dial("tcp", d.address)
		if err != nil {
			return false
		}
		defer n.Close()                         //nolint:errcheck // tried and left
		n.SetDeadline(time.Now().Add(patience)) //nolint:errcheck // the read fails then
		io.WriteString(n, "EXISTS k\n")         //nolint:errcheck // the read fails then
		reply := make([]byte, 2)
		_, err = io.ReadFull(n, reply)
		return err == nil && string(reply) == "0\n"
	})
}

// TestConfigSetTimeoutAndLevel: idle connections are closed, which is logged at level debug only.
func TestConfigSetTimeoutAndLevel(t *testing.T) {
	t.Parallel()
	const line = "closed an idle connection"
	d := start(t)
	c, spoke := d.dial(), time.Now()
	idle := func() {
		spoke = time.Time{}
		gone := d.dial()
		gone.want("PING", "PONG")
		ended := make(chan struct{})
		go func() {
			io.Copy(io.Discard, gone.r) //nolint:errcheck // ends with the connection
			close(ended)
		}()
		for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
			if time.Since(spoke) > 500*time.Millisecond { // it may be closed itself, and rightly
				c = d.dial()
			}
			spoke = time.Now()
			c.speak("PING")
			select {
			case <-ended:
				return
			default:
			}
			if time.Now().After(end) {
				t.Fatal("an idle connection is not closed")
			}
		}
	}
	c.set("timeout", "1")
	idle()
	c = d.dial()
	if strings.Contains(d.stdout.String(), line) {
		t.Error("a debug line is logged at level info")
	}
	c.set("loglevel", "debug")
	idle()
	c = d.dial()
	d.eventually("a debug line at level debug", func() bool { return strings.Contains(d.stdout.String(), line) })
	c.set("timeout", "0")
	time.Sleep(1500 * time.Millisecond)
	if got := c.speak("PING"); got != "+PONG" {
		t.Errorf("without a timeout: %s", got)
	}
}

// TestConfigSetSlowlog moves the thresholds of the slow log.
func TestConfigSetSlowlog(t *testing.T) {
	d := startConfig(t, `{"common": {"allow_debug": true}, "servers": [{"id": "a", "address": "%A", "role": "primary"}]}`)
	d.serving()
	c := d.dial()
	length := func(want string) {
		t.Helper()
		if got := c.speak("SLOWLOG", "LEN"); got != ":"+want {
			t.Errorf("the slow log has %s entries, want %s", got, want)
		}
	}
	slow := func(seconds string) {
		t.Helper()
		if got := c.speak("DEBUG", "SLEEP", seconds); got != "+OK" {
			t.Errorf("DEBUG SLEEP is answered %s", got)
		}
	}
	c.set("slowlog-log-slower-than", "30000000")
	slow("0.05")
	length("0")
	c.set("slowlog-log-slower-than", "20000")
	slow("0.05")
	slow("0.05")
	length("2")
	c.set("slowlog-log-slower-than", "0")
	c.speak("GET", "k")
	c.set("slowlog-log-slower-than", "-1")
	c.speak("GET", "k")
	length("3") // the GET in between too
	c.set("slowlog-max-len", "1")
	length("1")
	c.set("slowlog-max-len", "0")
	length("0")
}

// TestDebugNotAllowed: DEBUG is refused by default.
func TestDebugNotAllowed(t *testing.T) {
	d := start(t)
	if got := d.dial().speak("DEBUG", "SLEEP", "1"); !strings.HasPrefix(got, "-ERR DEBUG command not allowed") {
		t.Errorf("DEBUG is answered %s", got)
	}
}

// TestHTTP: an HTTP request, as a web page can make a browser send, gets an error, is closed and logged.
func TestHTTP(t *testing.T) {
	d := start(t)
	for _, request := range []string{
		"GET / HTTP/1.1\r\nHost: cache\r\n\r\n",
		"POST /x HTTP/1.1\r\nHost: cache\r\nContent-Length: 10\r\n\r\nSET a b\r\n",
	} {
		c := d.dial()
		c.send(request)
		if got, err := io.ReadAll(c.r); !strings.HasPrefix(string(got), "HTTP/1.1 400 ") || err != nil {
			t.Errorf("a browser gets %q, %v", got, err)
		}
	}
	d.eventually("log line", func() bool { return strings.Contains(d.stdout.String(), "the client speaks HTTP") })
	c := d.dial()
	c.want("GET a", "ERROR: Key not found")
	broken := d.dial()
	if got := broken.speak("PING"); got != "+PONG" {
		t.Error(got)
	}
	broken.send("*1\r\nx\r\n")
	if got := broken.line(); got != "-ERR Protocol error: expected '$', got 'x'\r" {
		t.Errorf("a broken request is answered %q", got)
	}
	broken.closed()
}
