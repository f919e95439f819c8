package session

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// foreigners are connections of other protocols that contain lines of the line dialect.
var foreigners = []string{
	"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\nSET pwn 1\r\n",
	"PRI * HTTP/2.0\r\n\r\nSET pwn 1\r\n",
	"PUT / HTTP/1.1\r\n\r\nSET pwn 1\r\n",
	"SSH-2.0-x\r\nSET pwn 1\r\n",
	"EHLO me\r\nSET pwn 1\r\n",
	"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nSET pwn 1\r\n",
	"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\r\nSET pwn 1\r\n",
	"set k 0 0 5\r\nSET pwn 1\r\n",
	"set k 0 0 5 noreply\r\nSET pwn 1\r\nget k\r\n",
	"version\r\nSET pwn 1\r\n",
	"\x80\x01\x00\x03\x08\x00\x00\x00\r\nSET pwn 1\r\n",
	"AMQP\x00\x00\x09\x01\r\nSET pwn 1\r\n",
}

// TestNothingBehindAForeignGreeting checks that a client of another protocol gets one reply, in the form of its protocol,
// and that nothing after its greeting is executed, however the greeting arrives.
func TestNothingBehindAForeignGreeting(t *testing.T) {
	for _, in := range foreigners {
		for _, first := range []int{len(in), len(in) / 2, 13, 1} {
			f := newFixture(t, lru.Options{})
			a := f.arriving(1 << 20)
			a.arrive([]byte(in[:min(first, len(in))]))
			a.arrive([]byte(in[min(first, len(in)):]))
			if !a.s.Closing() || !strings.HasPrefix(a.s.Reason(), "the client speaks ") {
				t.Errorf("%.40q, the first %d bytes before the others: closing %v, reason %q", in, first, a.s.Closing(), a.s.Reason())
			}
			if n := f.n.store.Stats().Sets; n > 0 {
				t.Errorf("%.40q, the first %d bytes before the others: %d keys were set; it was answered %q", in, first, n, a.out)
			}
			if n := strings.Count(string(a.out), "this is a CacheGopher node: it speaks RESP, the protocol of Redis, and lines such as GET key, but not "); n != 1 && in[0] != 0x16 {
				t.Errorf("%.40q, the first %d bytes before the others, is answered %q", in, first, a.out)
			}
			a.s.Close()
		}
	}
}

// TestTypoStays checks that a person's mistakes get a reply and do not close the connection.
func TestTypoStays(t *testing.T) {
	for _, typo := range []string{"get greeting\n", "hello\r\n", "set greeting hello, wide world\r\n", "\x1b[A\n", "grüße\n", "\r\n"} {
		f := newFixture(t, lru.Options{})
		if got := f.do(typo + "SET greeting hello, wide world\nGET greeting\n"); f.s.Closing() || !strings.HasSuffix(got, "\nOK\nhello, wide world\n") {
			t.Errorf("%q is answered %q, closing %v", typo, got, f.s.Closing())
		}
	}
}
