package session

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// TestLimitedAdmin checks that an administrator who may touch only some keys sees no others in any reply, and neither sees
// nor closes other users' connections.
func TestLimitedAdmin(t *testing.T) {
	f := withUsers(t)
	f.n.Replication = &takeover{}
	f.n.slowlog.SetSlowerThan(0)
	f.talk(resp("SET", "private", "x")+resp("MGET", "hidden", "secret"), "default")
	f.talk(resp("KEYS", "hidden*"), "reader")
	f.talk("GET private\nSET private x\n", "default")
	f.talk(resp("MSET", "ops:a", "value", "ops:b", "value"), "ops")

	log := f.talk(resp("SLOWLOG", "GET", "-1"), "ops")
	for _, others := range []string{"private", "hidden", "secret"} {
		if strings.Contains(log, others) {
			t.Errorf("SLOWLOG shows %s to a user who may not touch it: %q", others, log)
		}
	}
	if !strings.Contains(log, "*5\r\n$4\r\nMSET\r\n$5\r\nops:a\r\n$0\r\n\r\n$5\r\nops:b\r\n$0\r\n\r\n") {
		t.Errorf("SLOWLOG does not show the user's own keys: %q", log)
	}
	if all := f.talk(resp("SLOWLOG", "GET", "-1"), "admin"); !strings.Contains(all, "private") || !strings.Contains(all, "hidden") {
		t.Errorf("SLOWLOG does not show keys to an administrator of all: %q", all)
	}
	for _, r := range [][]string{{"DBSIZE"}, {"RANDOMKEY"}, {"SCAN", "0"}, {"KEYS", "*"}, {"FLUSHALL"}, {"REPLICA", "STREAM", "1", "g", "p", "s"}, {"REPLICA", "TAKE", "1", "a", "b"}} {
		if got := f.talk(resp(r...), "ops"); !strings.HasPrefix(got, "-NOPERM No permissions for all keys") {
			t.Errorf("%q is answered %q", r, got)
		}
	}
	if got := f.talk(resp("OBJECT", "ENCODING", "private")+resp("MEMORY", "USAGE", "private"), "ops"); strings.Count(got, "-NOPERM") != 2 {
		t.Errorf("another's key is answered %q", got)
	}

	other := f.n.NewSession(ConnInfo{Remote: "10.0.0.9:9", User: "default"})
	own := f.n.NewSession(ConnInfo{Remote: "10.0.0.8:8", User: "ops"})
	if list := f.talk(resp("CLIENT", "LIST"), "ops"); strings.Contains(list, "10.0.0.9") || !strings.Contains(list, "10.0.0.8") {
		t.Errorf("CLIENT LIST shows %q", list)
	}
	for _, kill := range [][]string{{"CLIENT", "KILL", "10.0.0.9:9"}, {"CLIENT", "KILL", "TYPE", "normal"}, {"CLIENT", "KILL", "USER", "default"}} {
		f.talk(resp(kill...), "ops")
	}
	if other.Closing() || !own.Closing() {
		t.Errorf("another's connection is closed: %v, the user's own: %v", other.Closing(), own.Closing())
	}
	f.talk(resp("CLIENT", "KILL", "USER", "default"), "admin")
	if !other.Closing() {
		t.Error("an administrator of all cannot end another's connection")
	}
}

// TestSlowlogShowsKeys checks that the slow log keeps all keys of a command, and no values, in both dialects.
func TestSlowlogShowsKeys(t *testing.T) {
	f := newFixture(t, lru.Options{})
	f.n.slowlog.SetSlowerThan(0)
	lines := f.n.NewSession(ConnInfo{})
	feed(f.l, lines, "SET linekey hush\nSETEX timed 10 hush\nMGET k1 k2\n")
	f.do(resp("SET", "k", "hush", "EX", "10") + resp("DEL", "k1", "k2", "k3") + resp("MSET", "m1", "hush", "m2", "hush") + resp("RENAME", "m1", "m3") +
		resp("OBJECT", "ENCODING", "k") + resp("CONFIG", "SET", "timeout", "0") + resp("MULTI") + resp("SET", "tx", "hush") + resp("EXEC") +
		resp("ECHO", "hush") + resp("PING", "hush") +
		resp(strings.Fields("EXISTS"+strings.Repeat(" e", 40))...))
	log := f.do(resp("SLOWLOG", "GET", "-1"))
	for _, want := range [][]string{
		{"SET", "linekey", ""}, {"SETEX", "timed", "", ""}, {"MGET", "k1", "k2"}, {"SET", "k", "", "", ""}, {"DEL", "k1", "k2", "k3"},
		{"MSET", "m1", "", "m2", ""}, {"RENAME", "m1", "m3"}, {"OBJECT", "ENCODING", "k"}, {"CONFIG", "SET", "", ""}, {"SET", "tx", ""},
		append(append([]string{"EXISTS"}, strings.Fields(strings.Repeat("e ", 30))...), "... (10 more arguments)"),
	} {
		if !strings.Contains(log, resp(want...)) {
			t.Errorf("SLOWLOG does not show %q", want)
		}
	}
	if strings.Contains(log, "hush") {
		t.Errorf("SLOWLOG shows a value: %q", log)
	}
}

// TestConnectedClients checks that a connection that lingers before it is closed no longer counts.
func TestConnectedClients(t *testing.T) {
	f := newFixture(t, lru.Options{})
	for name, end := range map[string]func(*Session){
		"QUIT":           func(s *Session) { feed(f.l, s, resp("QUIT")) },
		"EXIT":           func(s *Session) { feed(f.l, s, "EXIT\n") },
		"CLIENT KILL":    func(s *Session) { s.Kill() },
		"protocol error": func(s *Session) { feed(f.l, s, "*x\r\n") },
		"HTTP":           func(s *Session) { feed(f.l, s, "GET / HTTP/1.1\r\n") },
	} {
		s := f.n.NewSession(ConnInfo{Remote: "10.0.0.9:9"})
		if got := f.do(resp("INFO", "clients")); !strings.Contains(got, "connected_clients:2\r\n") {
			t.Errorf("before %s: %q", name, got)
		}
		end(s)
		if got := f.do(resp("INFO", "clients") + resp("CLIENT", "LIST")); !strings.Contains(got, "connected_clients:1\r\n") || strings.Contains(got, "10.0.0.9") {
			t.Errorf("after %s: %q", name, got)
		}
		if n, list := f.n.Snapshot().Sessions, f.n.Clients(10); n != 1 || len(list) != 1 {
			t.Errorf("after %s operators see %d sessions: %+v", name, n, list)
		}
		s.Close()
	}
}

// TestConfigOfRedis sets options of Redis: one with a single value here accepts it, and others get an error that explains why.
func TestConfigOfRedis(t *testing.T) {
	f := newFixture(t, lru.Options{})
	for _, r := range []struct{ name, value, want string }{
		{"maxmemory-policy", "allkeys-lru", "+OK"},
		{"MAXMEMORY-POLICY", "AllKeys-LRU", "+OK"},
		{"maxmemory-policy", "noeviction", "+OK"},
		{"maxmemory-policy", "s3-fifo", "+OK"},
		{"maxmemory-policy", "volatile-lru", "-ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy') - argument(s) must be one of the following: " + strings.Join(policy.RedisNames(), ", ")},
		{"save", "", "+OK"},
		{"appendonly", "yes", "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - a node has 'no' and nothing else here"},
		{"databases", "1", "-ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config"},
		{"maxmemory", "5", "-ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be at least 1000000"},
		{"tcp-backlog", "300", "-ERR CONFIG SET failed (possibly related to argument 'tcp-backlog') - this option of Redis has no meaning here"},
		{"nosuch", "1", "-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'"},
	} {
		if got := f.do(resp("CONFIG", "SET", r.name, r.value)); got != r.want+"\r\n" {
			t.Errorf("CONFIG SET %s %q is answered %q, want %q", r.name, r.value, got, r.want)
		}
	}
}

// TestConfigSetReadsFirst: where a value is wrong, no other takes effect, not even for a moment: a slow log that is shortened
// does not get back what it loses.
func TestConfigSetReadsFirst(t *testing.T) {
	f := newFixture(t, lru.Options{})
	f.n.slowlog.SetSlowerThan(0)
	f.do(resp("SET", "k", "v"))
	f.n.slowlog.SetSlowerThan(-1)
	if got := f.do(resp("CONFIG", "SET", "maxmemory", "5", "nosuch", "1")); !strings.Contains(got, "'nosuch'") {
		t.Errorf("a wrong name after a wrong value: %s", got)
	}
	for _, wrong := range [][]string{{"maxmemory-policy", "bogus"}, {"maxmemory", "5"}, {"nosuch", "1"}} {
		if got := f.do(resp("CONFIG", "SET", "slowlog-max-len", "0", wrong[0], wrong[1])); !strings.HasPrefix(got, "-ERR ") || f.n.slowlog.Len() == 0 {
			t.Errorf("%q: %s, %d commands are in the slow log", wrong, got, f.n.slowlog.Len())
		}
	}
}

// TestConfigSetBelowUse: memory below what is in use is refused in the words of the command, not in those of the store.
func TestConfigSetBelowUse(t *testing.T) {
	f := newFixture(t, lru.Options{MaxMemory: 8e6, Policy: policy.NONE})
	for i := range 100 {
		f.do(resp("SET", fmt.Sprint("key", i), strings.Repeat("v", 30_000)))
	}
	const failed = "-ERR CONFIG SET failed (possibly related to argument 'maxmemory') - "
	if got, want := f.do(resp("CONFIG", "SET", "maxmemory", "2000000")), failed+"more memory is in use, and the policy evicts nothing\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if err := f.n.store.SetPrefixes([]lru.Prefix{{Name: "a:", Min: 4e6}}); err != nil {
		t.Fatal(err)
	}
	if got := f.do(resp("CONFIG", "SET", "maxmemory", "3500000")); !strings.HasPrefix(got, failed+"the floors of the prefixes are 4000000 bytes together") {
		t.Errorf("%q", got)
	}
}

// TestConfigSetAllOrNone sets two options of which the store refuses the second, under each policy: the first stays as it was.
func TestConfigSetAllOrNone(t *testing.T) {
	f := newFixture(t, lru.Options{MaxMemory: 8e6})
	for i := range 100 {
		f.do(resp("SET", fmt.Sprint("key", i), strings.Repeat("v", 30_000)))
	}
	for _, name := range policy.RedisNames() {
		if got := f.do(resp("CONFIG", "SET", "maxmemory-policy", name)); got != "+OK\r\n" {
			t.Fatal(got)
		}
		want := f.n.Store().Policy()
		if got := f.do(resp("CONFIG", "SET", "maxmemory-policy", "NONE", "maxmemory", "2000000")); !strings.HasPrefix(got, "-ERR CONFIG SET failed") {
			t.Fatal(got)
		}
		if got := f.n.Store().Policy(); got != want {
			t.Errorf("a CONFIG SET that failed has changed %v to %v", want, got)
		}
	}
}
