package session_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/redistest"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// resultLimits are commands with valid operands and a result at or beyond a limit. Each group is sent to
// an empty store.
var resultLimits = [][]string{
	{"INCRBYFLOAT k 1e4932", "INCRBYFLOAT k 1e4932", "GET k", "INCRBYFLOAT k -1e4932", "INCRBYFLOAT k 1"},
	{"SET k -1e4932", "INCRBYFLOAT k -1e4932", "INCRBYFLOAT k 1e4932", "GET k"},
	{"SET k 1.18973149535723176502e4932", "INCRBYFLOAT k 1", "INCRBYFLOAT k 1e4910", "INCRBYFLOAT k 1e4920", "STRLEN k"},
	{"SET k inf", "INCRBYFLOAT k -inf", "INCRBYFLOAT k inf", "INCRBYFLOAT k 1", "GET k"},
	{"INCRBYFLOAT k 1e-4940", "INCRBYFLOAT k -1e-4940", "INCRBYFLOAT k 1e-17", "INCRBYFLOAT k -0", "GET k"},
	{"SET k 9223372036854775807", "INCR k", "INCRBY k 1", "INCRBY k -9223372036854775808", "DECRBY k 9223372036854775807", "DECR k", "GET k"},
	{"SET k -9223372036854775808", "DECR k", "DECRBY k 1", "DECRBY k -1", "DECRBY k -9223372036854775808", "INCRBY k -1", "INCRBY k -1", "GET k"},
	{"SET k 9223372036854775808", "INCR k", "DECR k", "INCRBYFLOAT k 1", "GET k"},
	{"SET k v", "EXPIRE k 9223372036854775807", "EXPIRE k 9223372036854775", "PEXPIRE k 9223372036854775807", "EXPIREAT k 9223372036854775807", "EXPIREAT k -9223372036854775808 LT", "TTL k"},
	{"SET k v EX 9223372036854775807", "SET k v EX 9223372036854775", "SET k v PX 9223372036854775807", "SET k v EXAT 9223372036854775807", "SETEX k 9223372036854775807 v", "PSETEX k 9223372036854775807 v", "GET k"},
	{"SET k v", "GETEX k EX 9223372036854775807", "GETEX k PX 9223372036854775807", "GETEX k EXAT 9223372036854775807", "TTL k"},
	{"SETRANGE k 536870912 v", "SETRANGE k 9223372036854775807 v", "SETRANGE k -1 v", "EXISTS k"},
}

// TestResultLimits compares replies to commands whose result, not an operand, is at its limit.
func TestResultLimits(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	r := rand.New(rand.NewPCG(1, 2))
	for _, group := range resultLimits {
		p := newPair(t, redis, time.Now().Unix())
		c, s := redis.Dial(t), p.session()
		for _, line := range append([]string{"FLUSHALL"}, group...) {
			in := wire.Request(nil, strings.Fields(line)...)
			want, err := c.Exchange(in, 1)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.feed(r, s, in)
			if err != nil || len(got) != 1 {
				t.Fatalf("%s: %d replies, %v", line, len(got), err)
			}
			if got[0].String() != want[0].String() {
				t.Errorf("%s: the node answers %.80s, redis-server %.80s; of %q", line, got[0], want[0], group)
			}
		}
		s.Close()
		c.Close()
	}
}
