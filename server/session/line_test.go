package session

import (
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/lru"
)

var largest = strings.Repeat("v", 65536)

// lineRows are requests of the line dialect and their replies. Each begins with the store as the previous one left it.
var lineRows = []struct{ in, want string }{
	{"PING", "PONG\n"},
	{"PING\r", "PONG\n"},
	{"GET a", "ERROR: Key not found\n"},
	{"KEYS", "No keys found\n"},
	{"SET a  two spaces ", "OK\n"},
	{"GET a", " two spaces \n"},
	{`SET k a\n1`, "OK\n"},
	{"GET k", "a\\n1\n"},
	{"SET e ", "OK\n"},
	{"GET e", "\n"},
	{"DELETE e", "OK\n"},
	{"DELETE e", "ERROR: Key not found\n"},
	{"TTL a", "-1\n"},
	{"TTL none", "ERROR: Key not found\n"},
	{"EXPIRE a 10", "OK\n"},
	{"TTL a", "10\n"},
	{"PERSIST a", "OK\n"},
	{"TTL a", "-1\n"},
	{"EXPIRE none 10", "ERROR: Key not found\n"},
	{"EXPIRE a x", "ERROR: Seconds must be a positive integer\n"},
	{"EXPIRE a 0", "ERROR: Seconds must be a positive integer\n"},
	{"SETEX s 5 some value", "OK\n"},
	{"TTL s", "5\n"},
	{"SETEX s -1 v", "ERROR: Seconds must be a positive integer\n"},
	{"SETNX a x", "ERROR: Key exists\n"},
	{"SETNX n 41", "OK\n"},
	{"INCR n", "42\n"},
	{"DECR n", "41\n"},
	{"INCR a", "ERROR: Value is not an integer or out of range\n"},
	{"EXISTS n", "1\n"},
	{"EXISTS none", "0\n"},
	{"MGET n none n", "41\nERROR: Key not found\n41\n"},
	{"set a b", "ERROR: Unknown command: set\n"},
	{"FOO bar", "ERROR: Unknown command: FOO\n"},
	{"F\x01\xff" + strings.Repeat("O", 100), "ERROR: Unknown command: F\\x01\\xff" + strings.Repeat("O", 61) + "\n"},
	{"SET", "ERROR: Usage: SET <key> <value>\n"},
	{"SET a", "ERROR: Usage: SET <key> <value>\n"},
	{"GET", "ERROR: Usage: GET <key>\n"},
	{"GET a b", "ERROR: Usage: GET <key>\n"},
	{"DELETE", "ERROR: Usage: DELETE <key>\n"},
	{"KEYS x", "ERROR: Usage: KEYS\n"},
	{"FLUSH x", "ERROR: Usage: FLUSH\n"},
	{"PING x", "ERROR: Usage: PING\n"},
	{"SETEX a 5", "ERROR: Usage: SETEX <key> <seconds> <value>\n"},
	{"SET  v", "ERROR: Key is empty\n"},
	{"SET k " + largest, "ERROR: Key and value are 65537 bytes, the limit is 65536\n"},
	{"SET k " + largest[1:], "OK\n"},
	{"SET k " + strings.Repeat(largest, 128), "ERROR: Key and value are 8388609 bytes, the limit is 65536\n"},
	{"GET " + strings.Repeat(largest, 4), "ERROR: Key and value are 262144 bytes, the limit is 65536\n"},
	{"FLUSH", "OK\n"},
	{"KEYS", "No keys found\n"},
	{"SET only 1", "OK\n"},
	{"KEYS", "only\n"},
	{"EXIT", "Goodbye!\n"},
}

// TestLineDialect compares each reply of lineRows byte by byte.
func TestLineDialect(t *testing.T) {
	f := newFixture(t, lru.Options{})
	for _, r := range lineRows {
		if got := f.do(r.in + "\n"); got != r.want {
			t.Errorf("%.60q answers %.80q, want %.80q", r.in, got, r.want)
		}
	}
	if !f.s.Closing() {
		t.Error("EXIT does not close")
	}
	if got := f.do("PING\n"); got != "" {
		t.Errorf("after EXIT the session still answers %q", got)
	}
}

// TestLineExpiry checks that an expired key is missing for every command.
func TestLineExpiry(t *testing.T) {
	f := newFixture(t, lru.Options{})
	f.do("SETEX a 2 v\n")
	f.now += 1001
	if got := f.do("TTL a\n"); got != "1\n" {
		t.Errorf("TTL rounds to %q, want up to 1", got)
	}
	f.now += 999
	want := strings.Repeat("ERROR: Key not found\n", 3) + "No keys found\n0\n"
	if got := f.do("GET a\nTTL a\nDELETE a\nKEYS\nEXISTS a\n"); got != want {
		t.Errorf("an expired key answers %q", got)
	}
}

// TestLargeLineReplies checks that a large value costs the line dialect little more than RESP: it must not look for line
// ends byte by byte, since it holds the shard's lock.
func TestLargeLineReplies(t *testing.T) {
	if testkit.Race {
		t.Skip("SKIPPED: the race detector makes loops slow, which is what is measured")
	}
	const size = 60_000
	fastest := map[bool]time.Duration{}
	for _, line := range []bool{false, true} {
		f := newFixture(t, lru.Options{})
		f.do(resp("SET", "k", strings.Repeat("v", size)))
		request := resp("GET", "k")
		if line {
			f.s = f.n.NewSession(ConnInfo{})
			request = "GET k\n"
		}
		in, out := []byte(request), make([]byte, 0, 2*size)
		for range 300 {
			began := time.Now()
			if _, reply := f.s.Run(f.l, in, out, size); len(reply) <= size {
				t.Fatalf("%d bytes are answered", len(reply))
			}
			if took := time.Since(began); fastest[line] == 0 || took < fastest[line] {
				fastest[line] = took
			}
		}
	}
	if fastest[true] > 4*fastest[false] {
		t.Errorf("%d bytes take %v in the line dialect, %v in RESP", size, fastest[true], fastest[false])
	}
}
