package session

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

// TestHugeBulk sends values of up to 512 MB in pieces. They are dropped as they
// arrive and answered once, and the next request is decoded.
func TestHugeBulk(t *testing.T) {
	f := newFixture(t, lru.Options{})
	piece := []byte(strings.Repeat("v", 256<<10))
	for _, size := range []int{65536, 1 << 20, 64 << 20, 512 << 20} {
		a := f.arriving(1 << 20)
		a.arrive([]byte(fmt.Sprintf("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$%d\r\n", size)))
		for left := size; left > 0; left -= len(piece) {
			a.arrive(piece[:min(left, len(piece))])
		}
		if len(a.out) != 0 {
			t.Fatalf("answered before its end: %q", a.out)
		}
		a.arrive([]byte("\r\n" + resp("PING")))
		if want := fmt.Sprintf("-ERR key and value are %d bytes, the limit is 65536\r\n+PONG\r\n", size+3); string(a.out) != want {
			t.Errorf("%d bytes are answered %q, want %q", size, a.out, want)
		}
		// The arguments before the value may still be kept when the value is dropped.
		if a.most > wire.MaxKept+1024 {
			t.Errorf("%d bytes of a value of %d are kept", a.most, size)
		}
		a.s.Close()
	}
	if got := f.do(resp("EXISTS", "key")); got != ":0\r\n" {
		t.Errorf("stored: %q", got)
	}
}

// TestMGetPauses checks that one Run makes no more than a bounded part of a long reply.
func TestMGetPauses(t *testing.T) {
	f := newFixture(t, lru.Options{})
	const values, size, limit = 200, 60_000, 100_000
	args := []string{"MGET"}
	for i := range values {
		args = append(args, fmt.Sprint("key", i))
		f.do(resp("SET", args[i+1], strings.Repeat("v", size)))
	}
	in := []byte(resp(args...))
	total, runs := 0, 0
	for more := true; more; more = f.s.More() {
		used, out := f.s.Run(f.l, in, nil, limit)
		if in = in[used:]; len(out) > limit+size+100 {
			t.Fatalf("%d bytes in one run, the limit is %d", len(out), limit)
		}
		total += len(out)
		runs++
	}
	if want := values * (size + len("$60000\r\n\r\n")); total != want+len("*200\r\n") {
		t.Errorf("%d bytes in %d runs, want %d", total, runs, want)
	}
}

// TestProtocolErrors breaks the protocol in every way: the client gets an error and the connection is closed.
func TestProtocolErrors(t *testing.T) {
	for _, r := range []struct{ in, want string }{
		{"*1048577\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
		{"*99999999999999999999\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
		{"*x\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
		{"*1\r\n$536870913\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		{"*1\r\n$-1\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		{"*1\r\n:1\r\n", "-ERR Protocol error: expected '$', got ':'\r\n"},
		{"*" + strings.Repeat("1", 70_000), "-ERR Protocol error: too big mbulk count string\r\n"},
		{resp("PING") + strings.Repeat("a", 70_000), "+PONG\r\n-ERR Protocol error: too big inline request\r\n"},
		{resp("PING") + "SET a \"b\r\n", "+PONG\r\n-ERR Protocol error: unbalanced quotes in request\r\n"},
		{resp(strings.Fields("MSET" + strings.Repeat(" "+strings.Repeat("x", 60_000), 280))...),
			"-ERR Protocol error: too big request\r\n"},
	} {
		f := newFixture(t, lru.Options{})
		if got := f.do(r.in + resp("PING")); got != r.want {
			t.Errorf("%.40q is answered %q, want %q", r.in, got, r.want)
		}
		if !f.s.Closing() || f.s.Reason() == "" {
			t.Errorf("%.40q: closing %v, reason %q", r.in, f.s.Closing(), f.s.Reason())
		}
	}
}

// TestMostArguments sends a command with the greatest number of arguments.
func TestMostArguments(t *testing.T) {
	f := newFixture(t, lru.Options{})
	in := fmt.Sprintf("*%d\r\n$6\r\nEXISTS\r\n", wire.MaxArgs) + strings.Repeat("$1\r\nk\r\n", wire.MaxArgs-1)
	if got := f.do(in + resp("PING")); got != ":0\r\n+PONG\r\n" {
		t.Errorf("answered %.100q", got)
	}
}

// TestAnnounced lets many connections announce large requests without sending
// them, which must take no memory.
func TestAnnounced(t *testing.T) {
	f := newFixture(t, lru.Options{})
	heads := []string{
		"*1048576\r\n", "*1048576\r\n$3\r\nDEL\r\n", "*1\r\n$536870912\r\n", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\nv",
		"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$65000\r\nv",
	}
	const connections = 5000
	sessions := make([]*Session, connections)
	out := make([]byte, 0, 1024)
	before := heap()
	for i := range sessions {
		sessions[i] = f.n.NewSession(ConnInfo{})
		if _, out = sessions[i].Run(f.l, []byte(heads[i%len(heads)]), out[:0], 1<<20); len(out) > 0 {
			t.Fatalf("answered %q", out)
		}
	}
	if each := (heap() - before) / connections; each > 2048 {
		t.Errorf("a connection takes %d bytes", each)
	}
	runtime.KeepAlive(sessions)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestHTTP checks that a connection with requests that a web page may make a browser send is closed,
// with a reason, before any command in them is executed.
func TestHTTP(t *testing.T) {
	for _, in := range []string{
		"GET / HTTP/1.1\r\nHost: node:31337\r\n\r\nSET a b\n",
		"POST / HTTP/1.1\r\nContent-Length: 8\r\n\r\nSET a b\n",
		"post / HTTP/1.1\r\n\r\nSET a b\n",
		"Host: x\r\nSET a b\n",
		"PING\nHost: x\r\nSET a b\n",
		resp("PING") + "POST / HTTP/1.1\r\nSET a b\r\n",
		resp("PING") + "Host: x\r\nSET a b\r\n",
		resp("PING") + "GET /x HTTP/1.1\r\nSET a b\r\n",
	} {
		f := newFixture(t, lru.Options{})
		got := f.do(in)
		if !f.s.Closing() || !strings.Contains(f.s.Reason(), "HTTP") {
			t.Errorf("%.40q: closing %v, reason %q, answered %q", in, f.s.Closing(), f.s.Reason(), got)
		}
		if n := f.n.Store().Len(); n != 0 {
			t.Errorf("%.40q stored %d keys", in, n)
		}
	}
	// In these the path is a key.
	f := newFixture(t, lru.Options{})
	if got := f.do("GET /\nGET /index.html\n"); f.s.Closing() || got != strings.Repeat("ERROR: Key not found\n", 2) {
		t.Errorf("keys that look like paths: %q", got)
	}
}

// TestMuted sends commands with CLIENT REPLY SKIP and OFF, also some with long replies.
func TestMuted(t *testing.T) {
	f := newFixture(t, lru.Options{})
	big := strings.Repeat("v", 60_000)
	many := []string{"MGET"}
	for range 100 {
		many = append(many, "k")
	}
	f.do(resp("SET", "k", big))
	skip, ping := resp("CLIENT", "REPLY", "SKIP"), resp("PING")
	for _, command := range []string{resp("GET", "k"), resp("KEYS", "*"), resp(many...), resp("NOSUCH"), resp("GET")} {
		if got := f.do(skip + command + ping); got != "+PONG\r\n" {
			t.Errorf("skipped %.60q: %.200q", command, got)
		}
		if got := f.do(resp("CLIENT", "REPLY", "OFF") + command + command + ping + resp("CLIENT", "REPLY", "ON") + ping); got != "+OK\r\n+PONG\r\n" {
			t.Errorf("off %.60q: %.200q", command, got)
		}
	}
}
