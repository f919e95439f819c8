package session

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

// TestTransaction sends transactions as redis-py sends a pipeline.
func TestTransaction(t *testing.T) {
	f := newFixture(t, lru.Options{})
	for _, r := range []struct{ in, want string }{
		{resp("MULTI") + resp("SET", "a", "1") + resp("INCR", "a") + resp("INCR", "b") + resp("MGET", "a", "b", "none") + resp("EXEC"),
			"+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*4\r\n+OK\r\n:2\r\n:1\r\n*3\r\n$1\r\n2\r\n$1\r\n1\r\n$-1\r\n"},
		{resp("MULTI") + resp("EXEC"), "+OK\r\n*0\r\n"},
		{resp("MULTI") + resp("SET", "c", "x") + resp("INCR", "c") + resp("SET", "d", "1") + resp("EXEC"),
			"+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n+OK\r\n-ERR value is not an integer or out of range\r\n+OK\r\n"},
		{resp("MULTI") + resp("DEL", "c", "d") + resp("DBSIZE") + resp("FLUSHALL") + resp("DBSIZE") + resp("SET", "e", "1") + resp("DBSIZE") + resp("EXEC"),
			"+OK\r\n" + strings.Repeat("+QUEUED\r\n", 6) + "*6\r\n:2\r\n:2\r\n+OK\r\n:0\r\n+OK\r\n:1\r\n"},
		{resp("MULTI") + resp("SET", "x", "1") + resp("DISCARD") + resp("EXISTS", "x"), "+OK\r\n+QUEUED\r\n+OK\r\n:0\r\n"},
		{resp("MULTI") + resp("SET", "x", "1") + resp("RESET") + resp("EXEC"), "+OK\r\n+QUEUED\r\n+RESET\r\n-ERR EXEC without MULTI\r\n"},
		{resp("MULTI") + resp("COPY", "e", "g") + resp("RENAME", "e", "f") + resp("EXEC"), "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n+OK\r\n"},
		{resp("CLIENT", "REPLY", "OFF") + resp("MULTI") + resp("SET", "q", "1") + resp("EXEC") + resp("CLIENT", "REPLY", "ON") + resp("GET", "q"),
			"+OK\r\n$1\r\n1\r\n"},
	} {
		if got := f.do(r.in); got != r.want {
			t.Errorf("%q is answered\n%q, want\n%q", r.in, got, r.want)
		}
	}
	if f.s.Kept() != 0 {
		t.Errorf("%d bytes are kept after the last transaction", f.s.Kept())
	}
	f.do(resp("MULTI") + resp("SET", "a", "1"))
	other := f.n.NewSession(ConnInfo{})
	if shown := feed(f.l, other, resp("CLIENT", "LIST")); !strings.Contains(shown, "flags=x") || !strings.Contains(shown, " multi=1 ") {
		t.Errorf("CLIENT LIST has %s", shown)
	}
}

// TestTransactionRefused checks that no command of a transaction is executed if one of them was refused.
func TestTransactionRefused(t *testing.T) {
	for name, refused := range map[string]string{
		"unknown":       resp("NOSUCH"),
		"arity":         resp("GET"),
		"walk":          resp("KEYS", "*"),
		"scan":          resp("SCAN", "0"),
		"wait":          resp("WAIT", "1", "0"),
		"config":        resp("CONFIG", "SET", "maxmemory", "100mb"),
		"client":        resp("CLIENT", "REPLY", "OFF"),
		"kill":          resp("CLIENT", "KILL", "TYPE", "normal"),
		"hello":         resp("HELLO", "3"),
		"info":          resp("INFO"),
		"debug":         resp("DEBUG", "SLEEP", "1"),
		"random":        resp("RANDOMKEY"),
		"curve":         resp("MEMORY", "Curve"),
		"inline":        "NOSUCH\r\n",
		"too large":     resp("SET", "big", strings.Repeat("v", wire.MaxKept+1)),
		"too many":      strings.Repeat(resp("PING"), maxQueued+1),
		"too much":      strings.Repeat(resp("SET", "k", strings.Repeat("v", 60_000)), 300),
		"too much, bis": strings.Repeat(resp(strings.Fields("MGET"+strings.Repeat(" k", 1000))...), 2000),
	} {
		f := newFixture(t, lru.Options{})
		got := f.do(resp("MULTI") + resp("SET", "a", "1"))
		got += f.do(refused)
		if most := 3*maxQueuedBytes + 3<<20; f.s.Kept() > most {
			t.Errorf("%s: %d bytes are kept", name, f.s.Kept())
		}
		got += f.do(resp("SET", "b", "1") + resp("EXEC"))
		if !strings.HasPrefix(got, "+OK\r\n+QUEUED\r\n") || !strings.HasSuffix(got, "\r\n+QUEUED\r\n-EXECABORT Transaction discarded because of previous errors.\r\n") || strings.Count(got, "-ERR") == 0 {
			t.Errorf("%s: answered %.300q", name, got)
		}
		if n := f.n.store.Stats().Sets; n > 0 || f.s.Kept() != 0 {
			t.Errorf("%s: %d keys were set, %d bytes are kept", name, n, f.s.Kept())
		}
		if got := f.do(resp("SET", "a", "1")); got != "+OK\r\n" {
			t.Errorf("%s: the next command is answered %q", name, got)
		}
	}
}

// TestTransactionWhileLoading checks that nothing is executed if the node began to load its data between MULTI and EXEC.
func TestTransactionWhileLoading(t *testing.T) {
	f := newFixture(t, lru.Options{})
	f.do(resp("MULTI") + resp("SET", "a", "1"))
	f.n.SetLoading(true)
	if got := f.do(resp("EXEC")); !strings.HasPrefix(got, "-EXECABORT ") {
		t.Errorf("EXEC is answered %q", got)
	}
	f.n.SetLoading(false)
	if got := f.do(resp("EXISTS", "a")); got != ":0\r\n" {
		t.Errorf("EXISTS is answered %q", got)
	}
}

// TestTransactionReplies checks that the replies of a transaction are sent in parts and are bounded.
func TestTransactionReplies(t *testing.T) {
	f := newFixture(t, lru.Options{})
	value := strings.Repeat("v", 65_000)
	f.do(resp("SET", "k", value))
	one := fmt.Sprintf("$%d\r\n%s\r\n", len(value), value)
	// 300 values are 20 MB.
	in := resp("MULTI") + strings.Repeat(resp("GET", "k"), 300) + resp("EXEC") + resp("PING")
	a := f.arriving(100_000)
	buf := []byte(in)
	for len(buf) > 0 || a.s.More() {
		before := len(a.out)
		used, out := a.s.Run(f.l, buf, a.out, a.limit)
		a.out, buf = out, buf[used:]
		if len(out)-before > a.limit+70_000 {
			t.Fatalf("%d bytes of replies at once, the limit is %d", len(out)-before, a.limit)
		}
	}
	if want := "+OK\r\n" + strings.Repeat("+QUEUED\r\n", 300) + "*300\r\n" + strings.Repeat(one, 300) + "+PONG\r\n"; string(a.out) != want {
		t.Errorf("answered %d bytes, want %d", len(a.out), len(want))
	}
	a.s.Close()
	// 2000 are 130 MB, by any command.
	for _, many := range []string{strings.Repeat(resp("GET", "k"), 2000), resp(strings.Fields("MGET" + strings.Repeat(" k", 2000))...)} {
		got := f.do(resp("MULTI") + many + resp("SET", "after", "1") + resp("EXEC") + resp("GETDEL", "after"))
		if n := len(got); n > maxTxReplies+1<<20 || !strings.Contains(got, "-ERR the command was executed, but ") || !strings.HasSuffix(got, "\r\n+OK\r\n$1\r\n1\r\n") {
			t.Errorf("answered %d bytes, which end %q", n, got[max(0, n-200):])
		}
	}
}

// TestTransactionsAreOne runs transactions that read and write the same keys of several shards concurrently: none may
// see a part of another.
func TestTransactionsAreOne(t *testing.T) {
	f := newFixture(t, lru.Options{Shards: 16})
	const keys, rounds = 5, 300
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			l, s := f.n.NewLoop(), f.n.NewSession(ConnInfo{})
			defer s.Close()
			for i := range rounds {
				var set, get strings.Builder
				for k := range keys {
					set.WriteString(resp("SET", fmt.Sprint("k", k), fmt.Sprint(g, ".", i)))
					get.WriteString(resp("GET", fmt.Sprint("k", k)))
				}
				if g%2 == 0 {
					feed(l, s, resp("MULTI")+set.String()+resp("EXEC"))
					continue
				}
				got := feed(l, s, resp("MULTI")+get.String()+resp("EXEC"))
				_, replies, _ := strings.Cut(got, "*5\r\n")
				first, _, _ := strings.Cut(strings.TrimPrefix(replies, "$"), "$")
				if strings.Count(replies, first) != keys {
					t.Errorf("a transaction saw a part of another: %q", replies)
					return
				}
			}
		})
	}
	wg.Wait()
}
