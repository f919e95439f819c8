package main

import (
	"bytes"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// hashOf hashes a password at the least cost.
func hashOf(t *testing.T, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

// securityOf is the "security" of a config with the users app, ops and node, whose password is
// "hunter2", and more.
func securityOf(t *testing.T, folder, more string) string {
	t.Helper()
	hash := hashOf(t, "hunter2")
	file := write(t, folder, "node.password", "hunter2\n")
	return fmt.Sprintf(`"security": {"users": [
		{"name": "app", "password": %q, "rights": ["read", "write"]},
		{"name": "ops", "password": %q, "rights": ["read", "admin"]},
		{"name": "node", "password": %q, "rights": ["replication"]}],
		"node_user": "node", "node_password_file": %q%s}`, hash, hash, hash, file, more)
}

// TestProtectedGroup: nodes of a group sign in at each other; clients are served only after signing in.
func TestProtectedGroup(t *testing.T) {
	g := runningGroup(t, 1, func(folder, config string) string { return adds(securityOf(t, folder, ""))(config) })
	c := g.nodes[0].dial()
	c.want("GET k", "ERROR: NOAUTH Authentication required.")
	c.want("AUTH app guess", "ERROR: WRONGPASS invalid username-password pair or user is disabled.")
	c.want("AUTH app hunter2", "OK")
	c.want("SET k v", "OK")
	w, err := dialPeer(g.addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // the test is over
	for _, step := range []struct{ request, reply string }{
		{"AUTH app hunter2", "OK"}, {"WAIT 1 20000", "1"}, {"ACL WHOAMI", "app"},
		{"CONFIG GET maxmemory", "error reply: NOPERM User app has no permissions to run the 'config' command"},
	} {
		got, err := w.do(strings.Fields(step.request)...)
		if err != nil {
			got = err.Error()
		}
		if got != step.reply {
			t.Errorf("%s is answered %v, want %s", step.request, got, step.reply)
		}
	}
	for _, out := range []string{g.nodes[0].stdout.String(), g.nodes[1].stdout.String()} {
		if strings.Contains(out, "hunter2") || strings.Contains(out, "guess") {
			t.Errorf("a password is in the log: %s", out)
		}
	}
	if log := g.nodes[0].stdout.String(); !strings.Contains(log, "a sign-in failed") || !strings.Contains(log, "127.0.0.1:") {
		t.Errorf("the failure is not in the log: %s", log)
	}
	if out, err := exec.Command(binary, "--health", "--config", g.folders[0]+"/cacheGopherConfig.json", "--server-id", "n0").CombinedOutput(); err != nil {
		t.Errorf("health with credentials: %v, %s", err, out)
	}
	write(t, g.folders[0], "node.password", "wrong")
	if out, err := exec.Command(binary, "--health", "--config", g.folders[0]+"/cacheGopherConfig.json", "--server-id", "n0").CombinedOutput(); err == nil || !strings.Contains(string(out), "WRONGPASS") {
		t.Errorf("health with wrong credentials: %v, %s", err, out)
	}
}

// TestWrongNodePassword restarts a primary with a password that its secondary refuses. It must not serve, which would lose
// the data, and gets the data once the password is right.
func TestWrongNodePassword(t *testing.T) {
	t.Parallel()
	g := runningGroup(t, 1, func(folder, config string) string { return adds(securityOf(t, folder, ""))(config) })
	signedIn := func() *conn {
		c := g.nodes[0].dial()
		c.want("AUTH app hunter2", "OK")
		return c
	}
	signedIn().want("SET k v", "OK")
	w, err := dialPeer(g.addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // the test is over
	for _, request := range [][]string{{"AUTH", "app", "hunter2"}, {"WAIT", "1", "20000"}} {
		if got, err := w.do(request...); err != nil || got != "OK" && got != "1" {
			t.Fatalf("%q: %v, %v", request, got, err)
		}
	}
	g.kill(0)
	write(t, g.folders[0], "node.password", "hunter3\n")
	g.start(0)
	d := g.nodes[0]
	d.eventually("a line about the password", func() bool { return strings.Contains(d.stdout.String(), "does not say whether it has the group") })
	if said := d.stdout.String(); strings.Contains(said, "EMPTY") || strings.Contains(said, "serving: Ready") {
		t.Fatal("it serves without the data that it may not see")
	}
	write(t, g.folders[0], "node.password", "hunter2\n")
	d.signal(syscall.SIGHUP)
	d.serving()
	signedIn().want("GET k", "v")
}

// TestFloodOfSignIns: while many connections send wrong passwords, whose checks take long, a client
// that has signed in is served without delay.
func TestFloodOfSignIns(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("hunter2"), 10)
	if err != nil {
		t.Fatal(err)
	}
	d := startConfig(t, fmt.Sprintf(`{"security": {"users": [{"name": "app", "password": %q, "rights": ["read", "write"]}]},
		"servers": [{"id": "a", "address": "%%A", "role": "primary", "max_memory": "64MB", "event_loops": 1}]}`, hash))
	d.serving()
	c := d.dial()
	c.want("AUTH app hunter2", "OK")
	for range 100 {
		flood, err := net.Dial("tcp", d.address)
		if err != nil {
			t.Fatal(err)
		}
		defer flood.Close() //nolint:errcheck // the test is over
		if _, err := fmt.Fprint(flood, strings.Repeat("AUTH app guess\n", 20)); err != nil {
			t.Fatal(err)
		}
	}
	var slowest time.Duration
	for range 500 {
		began := time.Now()
		c.want("GET k", "ERROR: Key not found")
		slowest = max(slowest, time.Since(began))
	}
	// Waiting for a single check would take longer than all of this on an idle machine.
	t.Logf("slowest of 500 requests: %v", slowest)
	again := d.dial() // known from before, so there is no check to wait for
	again.want("AUTH app hunter2", "OK")
	again.want("GET k", "ERROR: Key not found")
}

// TestLimitsByAddress counts connections of one client address.
func TestLimitsByAddress(t *testing.T) {
	d := startConfig(t, `{"security": {"connections_per_address": 3}, "servers": [{"id": "a", "address": "%A", "role": "primary", "max_memory": "64MB"}]}`)
	d.serving()
	var all []*conn
	for range 3 {
		c := d.dial()
		c.want("PING", "PONG")
		all = append(all, c)
	}
	if got := d.dial().line(); !strings.HasPrefix(got, "-ERR too many connections from your address") {
		t.Errorf("the fourth is told %q", got)
	}
	all[0].Close() //nolint:errcheck // makes room
	d.eventually("room for another", func() bool {
		c, err := net.Dial("tcp", d.address)
		if err != nil {
			return false
		}
		defer c.Close() //nolint:errcheck // only the reply matters
		_ = c.SetDeadline(time.Now().Add(patience))
		fmt.Fprint(c, "EXISTS k\n") //nolint:errcheck // seen below
		b := make([]byte, 2)
		n, _ := c.Read(b)
		return string(b[:n]) == "0\n"
	})
}

func TestHashPassword(t *testing.T) {
	c := exec.Command(binary, "hash-password")
	c.Stdin = strings.NewReader("hunter2\n")
	var out bytes.Buffer
	c.Stdout = &out
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	if err := bcrypt.CompareHashAndPassword(bytes.TrimSpace(out.Bytes()), []byte("hunter2")); err != nil {
		t.Error(out.String(), err)
	}
	c = exec.Command(binary, "hash-password")
	c.Stdin = strings.NewReader("\n")
	if text, err := c.CombinedOutput(); err == nil || string(text) != "cachegopher: the password is empty\n" {
		t.Errorf("%v, %s", err, text)
	}
}

// TestWrongSecurity: faults of "security" that only the daemon finds are reported like any other fault of the
// config, with line and exit status 2, after which systemd does not restart the node.
func TestWrongSecurity(t *testing.T) {
	empty := write(t, t.TempDir(), "empty", "\n")
	for security, want := range map[string]string{
		`"disabled_commands": ["GET", "GETT"]`:                           `:2: security.disabled_commands[1]: "GETT" is not a command; docs/protocol.md lists them`,
		`"disabled_commands": ["flush", "replica"]`:                      `:2: security.disabled_commands[1]: "replica" cannot be switched off: the nodes of a group send it to each other`,
		`"disabled_commands": ["HELLO"]`:                                 `:2: security.disabled_commands[0]: "HELLO" cannot be switched off: clients send it first; remove it`,
		`"node_user": "n", "node_password_file": "/nowhere/password"`:    `:2: security.node_password_file: cannot read the password: open /nowhere/password: no such file or directory; give`,
		fmt.Sprintf(`"node_user": "n", "node_password_file": %q`, empty): `:2: security.node_password_file: ` + empty + ` is empty; write`,
		`"tls_cert": "/nowhere/c.pem", "tls_key": "/nowhere/k.pem"`:      `:2: security: cannot use the certificates: read the certificate: open /nowhere/c.pem: no such file or directory; give`,
		fmt.Sprintf(`"tls_ca": %q, "tls_clients": "required"`, empty):    `:2: security: cannot use the certificates: read the authorities: ` + empty + ` has no certificate; give`,
	} {
		d := startConfig(t, "{\n\"security\": {"+security+`}, "servers": [{"id": "a", "address": "%A", "role": "primary"}]}`)
		if status := d.ended(patience); status != exitUsage || !strings.Contains(d.stderr.String(), "cacheGopherConfig.json"+want) {
			t.Errorf("%s: exit status %d, %s", security, status, d.stderr)
		}
	}
	folder := t.TempDir()
	path := write(t, folder, "c.json", "{\n\"security\": {\"disabled_commands\": [\"GETT\"]},"+twoServers[1:])
	if status, _, stderr := command(t, folder, "--check-config", "--config", path); status != exitUsage || !strings.Contains(stderr, `"GETT" is not a command`) {
		t.Errorf("--check-config: exit status %d, %s", status, stderr)
	}
}
