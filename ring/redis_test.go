package ring_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cachegopher/cachegopher/internal/redistest"
	"github.com/cachegopher/cachegopher/ring"
)

// redis-server computes the same slots, for keys in which braces are frequent.
func TestSlotsOfRedis(t *testing.T) {
	// Without a port of its own a server in cluster mode still listens on one for its peers, at an address no other process has.
	host := fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(250), rand.IntN(256), 1+rand.IntN(250))
	conn := redistest.Start(t, "--cluster-enabled", "yes", "--bind", host).Dial(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	keys, requests := make([]string, 2000), []byte(nil)
	for i := range keys {
		key := make([]byte, rnd.IntN(30))
		for j := range key {
			key[j] = "{}{}abc\x00\xff\n"[rnd.IntN(10)]
		}
		keys[i] = string(key)
		requests = fmt.Appendf(requests, "*3\r\n$7\r\nCLUSTER\r\n$7\r\nKEYSLOT\r\n$%d\r\n%s\r\n", len(key), key)
	}
	replies, err := conn.Exchange(requests, len(keys))
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range keys {
		if got, want := ring.Slot(key), replies[i].Int(); int64(got) != want {
			t.Fatalf("%q is in slot %d, redis-server replies %v", key, got, replies[i])
		}
	}
}
