package main

import (
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// exchange is a request line and the reply to it. Several reply lines are written with \n between.
type exchange struct{ request, reply string }

// table has every command of the line dialect, in an order in which each reply is known.
var table = []exchange{
	{"PING", "PONG"},
	{"KEYS", "No keys found"},
	{"GET k", "ERROR: Key not found"},
	{"DELETE k", "ERROR: Key not found"},
	{"SET k v", "OK"},
	{"GET k", "v"},
	{"KEYS", "k"},
	{"SET k  two  words and spaces ", "OK"},
	{"GET k", " two  words and spaces "},
	{`SET k a\n1\\`, "OK"},
	{"GET k", `a\n1\\`},
	{"SET k \xff\x00\x01\t", "OK"},
	{"GET k", "\xff\x00\x01\t"},
	{"SET k ", "OK"},
	{"GET k", ""},
	{"SET k a\rb\r", "OK"},
	{"GET k", `a\rb`},
	{"PING\r", "PONG"},
	{"TTL k", "-1"},
	{"EXPIRE k 100", "OK"},
	{"TTL k", "100"},
	{"SETEX k 7 v w", "OK"},
	{"GET k", "v w"},
	{"TTL k", "7"},
	{"SET k v", "OK"},
	{"TTL k", "-1"},
	{"TTL none", "ERROR: Key not found"},
	{"EXPIRE none 5", "ERROR: Key not found"},
	{"DELETE k", "OK"},
	{"GET k", "ERROR: Key not found"},
	{"SET k v", "OK"},
	{"FLUSH", "OK"},
	{"GET k", "ERROR: Key not found"},

	{"SET", "ERROR: Usage: SET <key> <value>"},
	{"SET k", "ERROR: Usage: SET <key> <value>"},
	{"GET", "ERROR: Usage: GET <key>"},
	{"GET a b", "ERROR: Usage: GET <key>"},
	{"DELETE", "ERROR: Usage: DELETE <key>"},
	{"DELETE a b", "ERROR: Usage: DELETE <key>"},
	{"KEYS a", "ERROR: Usage: KEYS"},
	{"FLUSH all", "ERROR: Usage: FLUSH"},
	{"PING you", "ERROR: Usage: PING"},
	{"EXIT now", "ERROR: Usage: EXIT"},
	{"STATS all", "ERROR: Usage: STATS"},
	{"SETEX k 5", "ERROR: Usage: SETEX <key> <seconds> <value>"},
	{"EXPIRE k", "ERROR: Usage: EXPIRE <key> <seconds>"},
	{"EXPIRE k 5 6", "ERROR: Usage: EXPIRE <key> <seconds>"},
	{"TTL", "ERROR: Usage: TTL <key>"},
	{"TTL a b", "ERROR: Usage: TTL <key>"},

	{"HELLO there", "ERROR: Unknown command: HELLO"},
	{"get k", "ERROR: Unknown command: get"},
	{"Set k v", "ERROR: Unknown command: Set"},
	{"GE", "ERROR: Unknown command: GE"},
	{"SETTER k v", "ERROR: Unknown command: SETTER"},
	{strings.Repeat("X", 100) + " y", "ERROR: Unknown command: " + strings.Repeat("X", 64)},
	{"PING", "PONG"},
}

// requests and replies are the table as bytes.
func (e exchange) bytes() (request, reply string) { return e.request + "\n", e.reply + "\n" }

func whole() (requests, replies string) {
	for _, e := range table {
		request, reply := e.bytes()
		requests += request
		replies += reply
	}
	return requests, replies
}

// wants reads as many bytes as want has, and compares.
func (c *conn) wants(want string) {
	c.t.Helper()
	got := make([]byte, 0, len(want))
	for len(got) < len(want) {
		n, err := c.r.Read(got[len(got):len(want)])
		got = got[:len(got)+n]
		if err != nil {
			c.t.Fatalf("%v after %d of %d bytes", err, len(got), len(want))
		}
	}
	if string(got) != want {
		g, w := strings.Split(string(got), "\n"), strings.Split(want, "\n")
		for i := range w {
			if i >= len(g) || g[i] != w[i] {
				c.t.Fatalf("reply %d differs; got\n%.300q\nwant\n%.300q", i, g[i:min(i+3, len(g))], w[i:min(i+3, len(w))])
			}
		}
	}
}

// TestTable sends every row over TCP and over a unix socket: one request at a time, all at once, and
// byte by byte.
func TestTable(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "n.sock")
	d := start(t, "--address", "unix://"+socket)
	requests, replies := whole()
	for _, to := range []struct{ network, address string }{{"tcp", d.address}, {"unix", socket}} {
		t.Run(to.network, func(t *testing.T) {
			d.t = t
			c := d.dialTo(to.network, to.address)
			for _, e := range table {
				c.want(e.request, e.reply)
			}
			c.send(requests)
			c.wants(replies)
			for i := range len(requests) {
				c.send(requests[i : i+1])
			}
			c.wants(replies)
			c.send("EXIT\nPING\n")
			c.wants("Goodbye!\n")
			c.closed()
		})
	}
	d.t = t
}

// TestKeys: KEYS lists keys, except those that have expired.
func TestKeys(t *testing.T) {
	t.Parallel()
	d := start(t)
	c := d.dial()
	want := map[string]bool{}
	for i := range 1000 {
		k := "key" + strconv.Itoa(i)
		c.want("SET "+k+" v", "OK")
		want[k] = true
	}
	c.want("SETEX brief 1 v", "OK")
	c.want("GET brief", "v")
	d.eventually("expiry", func() bool { return c.ask("GET brief") != "v" })
	c.want("TTL brief", "ERROR: Key not found")
	c.send("KEYS\n")
	for range 1000 {
		k := c.line()
		if !want[k] {
			t.Errorf("KEYS lists %q, or twice", k)
		}
		delete(want, k)
	}
	c.want("PING", "PONG")
}

func TestStats(t *testing.T) {
	d := start(t)
	c := d.dial()
	c.want("SET k v", "OK")
	c.want("GET k", "v")
	c.want("GET none", "ERROR: Key not found")
	c.want("DELETE k", "OK")
	stats := d.stats()
	for name, want := range map[string]int64{"hits": 1, "misses": 1, "sets": 1, "deletes": 1, "entries": 0, "evictions": 0} {
		if got := number(t, stats, name); got != want {
			t.Errorf("%s is %d, want %d: %v", name, got, want, stats)
		}
	}
}

// TestBudgets fills a node beyond each of its budgets.
func TestBudgets(t *testing.T) {
	d := start(t, "--max-size", "100")
	c := d.dial()
	for i := range 250 {
		c.want("SET k"+strconv.Itoa(i)+" v", "OK")
	}
	c.want("GET k249", "v")
	c.want("GET k150", "v")
	c.want("GET k149", "ERROR: Key not found")
	if n := number(t, d.stats(), "evictions"); n != 150 {
		t.Errorf("%d evictions", n)
	}

	d = start(t, "--max-memory", "4MB")
	c = d.dial()
	value := strings.Repeat("v", 10_000)
	for i := range 1000 {
		c.want("SET k"+strconv.Itoa(i)+" "+value, "OK")
	}
	c.want("GET k999", value)
	stats := d.stats()
	if n := number(t, stats, "entries"); n < 200 || n > 400 {
		t.Errorf("%d entries of 10 KB in 4 MB: %v", n, stats)
	}
}

// TestExit: EXIT closes the connection after the replies to earlier requests.
func TestExit(t *testing.T) {
	d := start(t)
	c := d.dial()
	c.send("SET a 1\nGET a\nEXIT\nSET a 2\n")
	c.wants("OK\n1\nGoodbye!\n")
	c.closed()
	d.dial().want("GET a", "1")
}

// TestStartTime measures the CPU time that a node takes to start and to stop.
func TestStartTime(t *testing.T) {
	d := start(t)
	d.signal(syscall.SIGTERM)
	d.ended(patience)
	if used := d.State().UserTime() + d.State().SystemTime(); used > 2*time.Second && !raced {
		t.Errorf("it took %v of a processor", used)
	}
}
