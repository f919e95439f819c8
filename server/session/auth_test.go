package session

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/auth"
)

// withUsers is a node whose users have the password "secret".
func withUsers(t *testing.T, disabled ...string) *fixture {
	t.Helper()
	return withUsersAt(t, bcrypt.MinCost, disabled...)
}

// withUsersAt is withUsers with passwords whose check takes longer at a higher cost.
func withUsersAt(t *testing.T, cost int, disabled ...string) *fixture {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), cost)
	if err != nil {
		t.Fatal(err)
	}
	var all []auth.Account
	for _, u := range []struct{ name, rights, keys string }{
		{"default", "read write", ""}, {"reader", "read", ""}, {"admin", "admin read", ""}, {"app", "read write", "app:"}, {"peer", "replication", ""},
		{"ops", "read write admin replication", "ops:"},
	} {
		a := auth.Account{Name: u.name, Hash: string(hash), Rights: strings.Fields(u.rights)}
		if u.keys != "" {
			a.Keys = []string{u.keys}
		}
		all = append(all, a)
	}
	users, err := auth.New(all, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, lru.Options{})
	f.n = NewNode(Options{Commands: AllCommands, Dialects: AllDialects, Store: f.n.store.Cache, ID: "test", Users: users, Disabled: disabled, SlowerThan: 1})
	f.l = f.n.NewLoop()
	return f
}

// talk runs a new session over the input and waits while it is blocked.
func (f *fixture) talk(in string, as string) string {
	f.t.Helper()
	var woken atomic.Int32
	s := f.n.NewSession(ConnInfo{Remote: "10.0.0.1:1", User: as, Wake: func() { woken.Add(1) }})
	defer s.Close()
	buf, out := []byte(in), []byte(nil)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		used, reply := s.Run(f.l, buf, out, 1<<20)
		out, buf = reply, buf[used:]
		switch {
		case s.Blocked():
			for before := woken.Load(); woken.Load() == before && time.Now().Before(end) && !f.passed(s); time.Sleep(time.Millisecond) {
			}
		case s.Closing():
			return string(out) + "<closed: " + s.Reason() + ">"
		case !s.More() && (used == 0 || len(buf) == 0):
			return string(out)
		}
	}
	f.t.Fatalf("no end of %q", in)
	return ""
}

// passed reports whether the session's wait is over.
func (f *fixture) passed(s *Session) bool {
	w, ok := s.wait.(*signIn)
	return ok && w.result.Load() != nil
}

const noAuth = "-NOAUTH Authentication required.\r\n"

// TestUsers compares the replies of a node with users.
func TestUsers(t *testing.T) {
	f := withUsers(t, "FLUSHALL", "decr")
	login := func(user string) string { return resp("AUTH", user, "secret") }
	const ok, wrong = "+OK\r\n", "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
	noPerm := func(user, command string) string {
		return "-NOPERM User " + user + " has no permissions to run the '" + command + "' command\r\n"
	}
	for _, c := range []struct{ name, in, want string }{
		{"nothing before AUTH", resp("GET", "k") + resp("INFO") + resp("ACL", "WHOAMI") + resp("CLIENT", "LIST"), noAuth + noAuth + noAuth + noAuth},
		{"what may come before", resp("PING") + resp("QUIT"), "+PONG\r\n+OK\r\n<closed: >"},
		{"the default user, then more in one go", resp("AUTH", "secret") + resp("SET", "k", "v") + resp("GET", "k") + resp("ACL", "WHOAMI"), ok + ok + "$1\r\nv\r\n$7\r\ndefault\r\n"},
		{"a user", login("reader") + resp("GET", "k") + resp("SET", "k", "w"), ok + "$1\r\nv\r\n" + noPerm("reader", "set")},
		{"another user later", login("reader") + login("default") + resp("SET", "k", "v"), ok + ok + ok},
		{"a wrong password", resp("AUTH", "reader", "guess") + resp("GET", "k"), wrong + noAuth},
		{"no such user", resp("AUTH", "nobody", "secret"), wrong},
		{"too many arguments", resp("AUTH", "a", "b", "c"), "-ERR syntax error\r\n"},
		{"HELLO without AUTH", resp("HELLO", "3"), "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time\r\n"},
		{"HELLO with a wrong one", resp("HELLO", "3", "AUTH", "default", "guess") + resp("GET", "k"), wrong + noAuth},
		{"RESET", login("reader") + resp("RESET") + resp("GET", "k"), ok + "+RESET\r\n" + noAuth},
		{"rights", login("reader") + resp("CONFIG", "GET", "port") + resp("CLIENT", "LIST") + resp("CLIENT", "ID"), ok + noPerm("reader", "config") + noPerm("reader", "client|list") + ":"},
		{"an administrator", login("admin") + resp("SLOWLOG", "LEN") + resp("SET", "a", "b"), ok + ":"},
		{"prefixes", login("app") + resp("SET", "app:1", "v") + resp("GET", "other") + resp("MGET", "app:1", "other") + resp("KEYS", "*") + resp("MSET", "app:1", "other", "app:2", "x"),
			ok + ok + "-NOPERM No permissions to access a key\r\n-NOPERM No permissions to access a key\r\n-NOPERM No permissions for all keys, which 'keys' is about\r\n" + ok},
		{"a stream", login("app") + resp("REPLICA", "STREAM", "1", "g", "a", "b"), ok + "-ERR this node does not replicate"},
		{"switched off", login("default") + resp("FLUSHALL") + resp("FLUSHDB"), ok + "-ERR the command 'flushall' is switched off on this node by security.disabled_commands\r\n" + ok},
		{"lines", "GET k\nAUTH default guess\nAUTH default secret\nSET k 1\nDECR k\nFLUSH\nEXIT\n",
			"ERROR: NOAUTH Authentication required.\nERROR: WRONGPASS invalid username-password pair or user is disabled.\nOK\nOK\n" +
				"ERROR: the command 'decr' is switched off on this node by security.disabled_commands\n" +
				"ERROR: the command 'flush' is switched off on this node by security.disabled_commands\nGoodbye!\n<closed: >"},
		{"too much", resp("GET", strings.Repeat("k", 5000)), "<closed: more than 4096 bytes before it signed in>"},
		{"too much, in part", "*2\r\n$3\r\nGET\r\n$60000\r\n" + strings.Repeat("k", 4096), "<closed: more than 4096 bytes before it signed in>"},
	} {
		if got := f.talk(c.in, ""); !strings.HasPrefix(got, c.want) && !(strings.HasSuffix(got, c.want) && strings.HasPrefix(c.want, "<")) {
			t.Errorf("%s: %q\nis answered %q\nwant        %q", c.name, c.in, got, c.want)
		}
	}
	if got := f.talk(resp("HELLO", "3", "AUTH", "admin", "secret", "SETNAME", "me")+resp("CLIENT", "INFO"), ""); !strings.Contains(got, "name=me ") || !strings.Contains(got, " user=admin ") {
		t.Errorf("HELLO with AUTH: %q", got)
	}
	if got := f.talk(resp("GET", "k"), "reader"); got != "$1\r\n1\r\n" {
		t.Errorf("with a certificate: %q", got)
	}
	if got := f.talk(resp("GET", "k"), "nobody"); got != noAuth {
		t.Errorf("with another user's certificate: %q", got)
	}
	// The slow log must not show passwords.
	if log := f.talk(resp("SLOWLOG", "GET", "-1")+resp("INFO", "everything"), "admin"); strings.Contains(log, "secret") || strings.Contains(log, "guess") || !strings.Contains(log, "AUTH") {
		t.Errorf("the slow log is %q", log)
	}
}

// TestUsersCostNothing checks that the check of rights does not allocate.
func TestUsersCostNothing(t *testing.T) {
	f := withUsers(t)
	f.n.slowlog.SetSlowerThan(-1)
	s := f.n.NewSession(ConnInfo{User: "app"})
	defer s.Close()
	in, out := []byte(resp("SET", "app:1", "v")+resp("GET", "app:1")+resp("MGET", "app:1", "app:2")), make([]byte, 0, 4096)
	if got := testing.AllocsPerRun(200, func() { _, out = s.Run(f.l, in, out[:0], 1<<20) }); got != 0 || strings.Contains(string(out), "NOPERM") {
		t.Errorf("%v allocations, answer %q", got, out)
	}
}

// TestLateSignIn closes a client that has not signed in in time.
func TestLateSignIn(t *testing.T) {
	f := withUsers(t)
	s := f.n.NewSession(ConnInfo{})
	defer s.Close()
	if s.signInTimer == nil || s.Backlog() != earlyBytes {
		t.Fatal("no limits before AUTH")
	}
	s.signInTimer.Reset(0)
	for end := time.Now().Add(10 * time.Second); !s.Closing() && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	if !s.Closing() || !strings.Contains(s.Reason(), "sign in in time") {
		t.Errorf("closing %v: %s", s.Closing(), s.Reason())
	}
	quick := f.n.NewSession(ConnInfo{User: "app"})
	defer quick.Close()
	if quick.signInTimer != nil || quick.Backlog() != 0 {
		t.Error("limits after signing in")
	}
}

// TestEarlyPipeline sends a long pipeline without signing in, of which no more than earlyBytes may be executed, and one that
// begins with the sign-in, which must get all replies.
func TestEarlyPipeline(t *testing.T) {
	f := withUsers(t)
	stranger := f.n.NewSession(ConnInfo{})
	defer stranger.Close()
	const requests = 30_000
	in := strings.Repeat("GET app:k\n", requests)
	out := feed(f.l, stranger, in)
	if n := strings.Count(out, "NOAUTH"); n == 0 || n > earlyBytes/len("GET app:k\n")+1 || !stranger.Closing() {
		t.Errorf("%d of %d requests were answered, closing: %v", n, requests, stranger.Closing())
	}
	app := f.n.NewSession(ConnInfo{})
	defer app.Close()
	hello := resp("AUTH", "app", "secret")
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) { // until the password is known
		if feed(f.l, app, hello); app.user != nil || time.Now().After(end) {
			break
		}
	}
	quick := f.n.NewSession(ConnInfo{})
	defer quick.Close()
	out = feed(f.l, quick, hello+strings.Repeat(resp("GET", "app:k"), requests))
	if want := "+OK\r\n" + strings.Repeat("$-1\r\n", requests); out != want {
		t.Errorf("%d bytes are answered, want %d: %.60q", len(out), len(want), out)
	}
}

// TestResetSignsOut: RESET signs a client out, and restarts the limits before sign-in. A client that has not
// signed in must not restart them with RESET.
func TestResetSignsOut(t *testing.T) {
	f := withUsers(t)
	for _, user := range []string{"app", ""} {
		s := f.n.NewSession(ConnInfo{User: user})
		defer s.Close()
		before := s.signInTimer
		for range 2 {
			if _, out := s.Run(f.l, []byte(resp("RESET")), nil, 1<<20); string(out) != "+RESET\r\n" {
				t.Fatalf("%q", out)
			}
		}
		if s.signInTimer == nil || s.Backlog() != earlyBytes || (s.signInTimer == before) != (user == "") {
			t.Errorf("%q: the limits are wrong", user)
		}
		if user == "" && s.earlySent != 2*len(resp("RESET")) {
			t.Errorf("%d bytes count as sent before sign-in", s.earlySent)
		}
		s.signInTimer.Reset(0)
		for end := time.Now().Add(10 * time.Second); !s.Closing() && time.Now().Before(end); time.Sleep(time.Millisecond) {
		}
		if !s.Closing() || !strings.Contains(s.Reason(), "sign in in time") {
			t.Errorf("%q: closing %v: %s", user, s.Closing(), s.Reason())
		}
	}
}

func TestCheckCommands(t *testing.T) {
	if err := CheckCommands(AllCommands, AllDialects, []string{"GET", "flush", "KEYS"}); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"AUTH", "hello", "Ping", "REPLICA"} {
		if err := CheckCommands(AllCommands, AllDialects, []string{"GET", name}); !errors.Is(err, ErrNeeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := CheckCommands(AllCommands, AllDialects, []string{"GETT"}); err == nil {
		t.Error("GETT is a command")
	}
}

// TestReplaceUsers: sessions of removed and changed users are closed, others stay open.
func TestReplaceUsers(t *testing.T) {
	f := withUsers(t)
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	keep := auth.Account{Name: "keep", Hash: string(hash), Rights: []string{"read"}}
	if _, err := f.n.ReplaceUsers([]auth.Account{keep, {Name: "less", Rights: []string{"read", "write"}}, {Name: "gone", Rights: []string{"read"}}}); err != nil {
		t.Fatal(err)
	}
	sessions := map[string]*Session{}
	for _, name := range []string{"keep", "less", "gone", "nobody"} {
		sessions[name] = f.n.NewSession(ConnInfo{User: name})
		defer sessions[name].Close()
	}
	old := f.n.Users.Named("gone")
	closed, err := f.n.ReplaceUsers([]auth.Account{keep, {Name: "less", Rights: []string{"read"}}})
	if err != nil || closed != 2 {
		t.Errorf("%d closed, %v", closed, err)
	}
	for name, want := range map[string]bool{"keep": false, "less": true, "gone": true, "nobody": false} {
		if s := sessions[name]; s.Closing() != want || want && s.Reason() != "its user is gone or has changed" {
			t.Errorf("%s: closing %v, %q", name, s.Closing(), s.Reason())
		}
	}
	// A password whose user was removed during the check.
	late := sessions["nobody"]
	if late.become(old); !late.Closing() {
		t.Error("a session signed in as a removed user")
	}
}

// TestLeavesWhileSigningIn closes connections whose passwords wait to be checked: their checks must be cancelled.
func TestLeavesWhileSigningIn(t *testing.T) {
	f := withUsersAt(t, 10)
	const clients = 20
	var all []*Session
	for range clients {
		s := f.n.NewSession(ConnInfo{Remote: "10.0.0.1:1", Wake: func() {}})
		s.Run(f.l, []byte("AUTH app wrong\n"), nil, 1<<20)
		all = append(all, s)
	}
	if n := f.n.Users.Stats().Waiting; n < clients/2 {
		t.Fatalf("only %d passwords wait", n)
	}
	for _, s := range all {
		s.Close()
	}
	if n := f.n.Users.Stats().Waiting; n != 0 {
		t.Errorf("%d passwords of closed connections wait", n)
	}
}

// TestDisableByEitherName disables a command by each of its names: it must be disabled in both dialects.
func TestDisableByEitherName(t *testing.T) {
	for _, names := range [][2]string{{"FLUSH", "FLUSHALL"}, {"delete", "del"}, {"STATS", "INFO"}, {"GET", "GET"}} {
		for _, disabled := range names {
			table := newTable(AllCommands, AllDialects)
			table.disable([]string{disabled})
			for name, h := range map[string]*Handler{"in lines": table.dialects[1].find([]byte(names[0])), "in RESP": table.dialects[0].find([]byte(names[1]))} {
				if h.needs.Load()&NeverMet == 0 {
					t.Errorf("%s is off, and its command works %s", disabled, name)
				}
			}
		}
	}
}
