package session_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/redistest"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
)

// TestRenameWhenFull compares a full node that evicts nothing with a redis-server: neither refuses to rename a key.
func TestRenameWhenFull(t *testing.T) {
	t.Parallel()
	store, err := lru.New(lru.Options{MaxMemory: 4 << 20, Shards: 4, Policy: lru.NONE, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	redis := redistest.Start(t, "--maxmemory", "3mb", "--maxmemory-policy", "noeviction").Dial(t)
	p := &pair{t: t, node: session.NewNode(session.Options{Commands: session.AllCommands, Dialects: session.AllDialects, Store: store})}
	p.loop = p.node.NewLoop()
	s, r := p.session(), rand.New(rand.NewPCG(1, 1))
	both := func(args ...string) (ours, theirs string) {
		in := wire.Request(nil, args...)
		replies, err := redis.Exchange(in, 1)
		if err != nil {
			t.Fatal(err)
		}
		return string(p.run(r, s, in)), replies[0].Raw
	}
	const keys = 4000
	value := strings.Repeat("x", 1500)
	refused, stored := [2]int{}, 0 // of our node and redis-server; in both
	for i := range keys {
		ours, theirs := both("SET", fmt.Sprint("key:", i), value)
		for n, reply := range []string{ours, theirs} {
			if strings.HasPrefix(reply, "-OOM ") {
				refused[n]++
			}
		}
		if refused == [2]int{} {
			stored++
		}
	}
	if stored < keys/10 || refused[0] < keys/10 || refused[1] < keys/10 {
		t.Fatalf("%d of %d were stored in both, refused were %d", stored, keys, refused)
	}
	if _, err := redis.Exchange(wire.Request(nil, "CONFIG", "SET", "maxmemory", "1mb"), 1); err != nil { // else it may be just below
		t.Fatal(err)
	}
	for i := range stored / 10 {
		key, other := fmt.Sprint("key:", i), fmt.Sprint("other:", i)
		for _, args := range [][]string{{"RENAME", key, other}, {"RENAMENX", other, key}, {"RENAME", key, fmt.Sprint("key:", i/2)}} {
			if ours, theirs := both(args...); ours != theirs {
				t.Fatalf("%.30q is answered %q, redis-server answers %q", args, ours, theirs)
			}
		}
	}
	if err := store.Shards().Check(); err != nil {
		t.Error(err)
	}
}
