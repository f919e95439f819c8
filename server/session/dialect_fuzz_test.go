package session

import (
	"bufio"
	"bytes"
	"io"
	"testing"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

// FuzzDialect begins a connection with any bytes, in two pieces. If the first byte is '*' it must speak RESP,
// otherwise the line dialect, and all replies must be of that dialect. If it begins like another protocol, it
// must be closed before anything is executed.
func FuzzDialect(f *testing.F) {
	for _, in := range []string{
		"*1\r\n$4\r\nPING\r\n", "*", "*\n", "*0\r\nPING\r\n", "PING\n*1\r\n$4\r\nPING\r\n", "\n*1\r\n$4\r\nPING\r\n", " *1\r\n$4\r\nPING\r\n",
		"$4\r\nPING\r\n", "\x00", "\r\n", "*1\r\n$4\r\nPING\r\nPOST / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\n\r\nSET a 1\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /key\n", "Host: a\nSET a 1\n", "host:\r\n", "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\nGET a\r\n",
	} {
		f.Add([]byte(in), uint16(0))
		f.Add([]byte(in), uint16(len(in)/2))
	}
	for _, in := range foreigners {
		f.Add([]byte(in), uint16(0))
		f.Add([]byte(in), uint16(len(in)/2))
	}
	f.Fuzz(func(t *testing.T, in []byte, at uint16) {
		if len(in) == 0 || len(in) > 2048 || bytes.Contains(bytes.ToUpper(in), []byte("DEBUG")) {
			return // DEBUG sleeps
		}
		x := newFixture(t, lru.Options{MaxEntries: 100})
		a, resp := x.arriving(1<<20), in[0] == '*'
		first := 1 + int(at)%len(in)
		for _, part := range [][]byte{in[:first], in[first:]} {
			if a.arrive(part); a.s.dialect == nil || (a.s.Dialect() == "RESP") != resp {
				t.Fatalf("%q: the dialect is %q", in, a.s.Dialect())
			}
		}
		a.s.Close()
		known := func(word []byte) bool { return x.n.knowsLine(word) }
		if foreign, verdict := wire.Greeting(in, known); !resp && verdict == wire.Other {
			if !a.s.Closing() || a.s.Reason() == "" || len(a.out) == 0 || x.n.store.Stats().Sets > 0 {
				t.Fatalf("%q is %s: closing %v, %d entries set, answered %q", in, foreign.Name, a.s.Closing(), x.n.store.Stats().Sets, a.out)
			}
			return
		}
		if !resp {
			if n := len(a.out); n > 0 && a.out[n-1] != '\n' {
				t.Fatalf("%q is answered %q, which ends within a line", in, a.out)
			}
			return
		}
		for r := bufio.NewReader(bytes.NewReader(a.out)); ; {
			if _, err := r.Peek(1); err == io.EOF {
				return
			}
			if _, err := wire.ReadReply(r); err != nil {
				t.Fatalf("%q is answered %q, which is not RESP: %v", in, a.out, err)
			}
		}
	})
}
