package session

import (
	"strconv"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// TestNoAllocations checks that a request allocates nothing, from its bytes to the
// bytes of the reply, in either dialect.
func TestNoAllocations(t *testing.T) {
	f := newFixture(t, lru.Options{MaxEntries: 1000})
	n := 0
	value := strings.Repeat("v", 60000)
	for _, c := range []struct {
		name, in string
	}{
		{"line SET", "SET k some value\n"},
		{"line GET hit", "GET k\n"},
		{"line GET miss", "GET none\n"},
		{"line DELETE miss", "DELETE none\n"},
		{"line SET and DELETE", "SET d 1\nDELETE d\n"},
		{"line PING", "PING\n"},
		{"line unknown", "FOO\n"},
		{"line unknown, long and unprintable", "F" + strings.Repeat("\xff", 100) + " a b\n"},
		{"line usage", "GET\n"},
		{"line long usage", "SETEX k 5\n"},
		{"line empty key", "SET  v\n"},
		{"line bad seconds", "EXPIRE k soon\n"},
		{"line not a number", "INCR k\n"},
		{"line too large", "SET k " + value + value[:6000] + "\n"},
		{"line SETEX", "SETEX x 10 v\n"},
		{"line EXPIRE", "EXPIRE k 10\nTTL k\nPERSIST k\n"},
		{"line MGET", "MGET k none k\n"},
		{"line batch", strings.Repeat("SET k v\nGET k\nGET none\n", 40)},
		{"line INCR", "INCR n\n"},
		{"RESP SET", resp("SET", "k", "v")},
		{"RESP SET EX", resp("SET", "x", "v", "EX", "10")},
		{"RESP SET 60 KB", resp("SET", "big", value)},
		{"RESP GET 60 KB", resp("GET", "big")},
		{"RESP GET hit", resp("GET", "k")},
		{"RESP GET miss", resp("GET", "none")},
		{"RESP DEL", resp("SET", "d", "1") + resp("DEL", "d")},
		{"RESP MGET", resp("MGET", "k", "none", "k")},
		{"RESP MSET", resp("MSET", "a", "1", "b", "2")},
		{"RESP INCR", resp("INCR", "n")},
		{"RESP APPEND", resp("SET", "ap", "") + resp("APPEND", "ap", "abc")},
		{"RESP EXPIRE", resp("EXPIRE", "k", "100") + resp("TTL", "k") + resp("PERSIST", "k")},
		{"RESP EXISTS", resp("EXISTS", "k", "none")},
		{"RESP PING", resp("PING")},
		{"RESP wrong arity", resp("GET")},
		{"RESP SETNX", resp("SETNX", "k", "v")},
		{"RESP GETRANGE", resp("GETRANGE", "k", "0", "-1")},
	} {
		s := f.n.NewSession(ConnInfo{})
		in, out := []byte(c.in), make([]byte, 0, 128<<10)
		var used int
		got := testing.AllocsPerRun(200, func() { used, out = s.Run(f.l, in, out[:0], 1<<20) })
		if got != 0 || used != len(in) || len(out) == 0 {
			t.Errorf("%s: %v allocations, %d of %d bytes used, answer %.60q", c.name, got, used, len(in), out)
		}
		s.Close()
	}
	// New keys in a full cache: each evicts another.
	s := f.n.NewSession(ConnInfo{})
	in, out := make([]byte, 0, 64), make([]byte, 0, 1024)
	if got := testing.AllocsPerRun(5000, func() {
		n++
		in = strconv.AppendInt(append(in[:0], "SET new:"...), int64(n), 10)
		in = append(in, " value\n"...)
		_, out = s.Run(f.l, in, out[:0], 1<<20)
	}); got != 0 || f.n.store.Stats().Evictions < 4000 {
		t.Errorf("SET of new keys: %v allocations, %d evictions", got, f.n.store.Stats().Evictions)
	}
}
