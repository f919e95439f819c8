package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// TestReloadUsers changes the users of a running group: connections of removed users are closed, new users
// can sign in, unchanged ones go on, and nodes sign in at each other with the new password.
func TestReloadUsers(t *testing.T) {
	g := newGroup(t, 1)
	password := hashOf(t, "hunter2")
	configure := func(secret string, users ...string) {
		t.Helper()
		configureUsers(t, g, secret, password, users)
	}
	reload := func(line string) {
		t.Helper()
		for _, n := range g.nodes {
			before := strings.Count(n.stdout.String(), line)
			n.signal(syscall.SIGHUP)
			n.eventually(line, func() bool { return strings.Count(n.stdout.String(), line) > before })
		}
	}
	configure("first", "keep", "leaver")
	g.startAll()
	keep, leaver := g.nodes[0].dial(), g.nodes[0].dial()
	keep.want("AUTH keep hunter2", "OK")
	leaver.want("AUTH leaver hunter2", "OK")
	keep.want("SET a 1", "OK")

	configure("second", "keep", "joiner")
	reload("users replaced")
	leaver.closed()
	again := g.nodes[0].dial()
	again.want("AUTH leaver hunter2", "ERROR: WRONGPASS invalid username-password pair or user is disabled.")
	g.nodes[0].dial().want("AUTH joiner hunter2", "OK")
	keep.want("SET b 2", "OK")
	w, err := dialPeer(g.addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // the test is over
	for request, want := range map[string]string{"AUTH keep hunter2": "OK"} {
		if got, err := w.do(strings.Fields(request)...); got != want {
			t.Fatalf("%s: %v, %v", request, got, err)
		}
	}
	g.nodes[0].eventually("secondary in step by the new password", func() bool {
		got, err := w.do("WAIT", "1", "1000")
		return err == nil && got == "1"
	})

	write(t, g.folders[0], "cacheGopherConfig.json", "{")
	write(t, g.folders[1], "cacheGopherConfig.json", g.config(1))
	for i, line := range []string{"not reloaded; nothing has changed", `a changed key needs a restart {"key": "security.users"}`} {
		n := g.nodes[i]
		n.signal(syscall.SIGHUP)
		n.eventually(line, func() bool { return strings.Contains(n.stdout.String(), line) })
	}
	keep.want("GET b", "2")
}

// configureUsers writes configs in which nodes sign in with secret and users with the password whose hash is given.
func configureUsers(t *testing.T, g *group, secret, password string, users []string) {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(secret), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{fmt.Sprintf(`{"name": "node", "password": %q, "rights": ["replication"]}`, hash)}
	for _, name := range users {
		all = append(all, fmt.Sprintf(`{"name": %q, "password": %q, "rights": ["read", "write"]}`, name, password))
	}
	for i, folder := range g.folders {
		file := write(t, folder, "node.password", secret)
		security := fmt.Sprintf(`"security": {"users": [%s], "node_user": "node", "node_password_file": %q},`, strings.Join(all, ","), file)
		write(t, folder, "cacheGopherConfig.json", strings.Replace(g.config(i), "{", "{"+security, 1))
	}
}

// TestReloadPasswordOfStatusPage changes the password of node_user: the status page uses the new one.
func TestReloadPasswordOfStatusPage(t *testing.T) {
	folder, port := t.TempDir(), freePort(t)
	secret := filepath.Join(folder, "node.password")
	config := func(password string) string {
		write(t, folder, "node.password", password)
		return fmt.Sprintf(`{"security": {"users": [{"name": "node", "password": %q, "rights": ["replication", "admin", "read"]}], "node_user": "node", "node_password_file": %q},
		"servers": [{"id": "a", "address": "%%A", "role": "primary", "max_memory": "64MB", "admin_address": "127.0.0.1:%s"}]}`, hashOf(t, password), secret, port)
	}
	d := startConfig(t, config("first"))
	d.serving()
	asked := func() string {
		r, err := http.Get("http://127.0.0.1:" + port + "/status")
		if err != nil {
			return err.Error()
		}
		defer r.Body.Close() //nolint:errcheck // only read
		var status struct{ Members []struct{ ID, Error string } }
		if err := json.NewDecoder(r.Body).Decode(&status); err != nil || len(status.Members) != 1 {
			return fmt.Sprintf("%v, %+v", err, status)
		}
		return status.Members[0].Error
	}
	d.eventually("the node asks itself", func() bool { return asked() == "" })
	write(t, d.folder, "cacheGopherConfig.json", strings.ReplaceAll(config("second"), "%A", d.address))
	d.signal(syscall.SIGHUP)
	d.eventually("users replaced", func() bool { return strings.Contains(d.stdout.String(), "users replaced") })
	d.eventually("the node asks itself by the new password", func() bool { return asked() == "" })
}

// TestSignInMetrics: sign-ins are counted by result.
func TestSignInMetrics(t *testing.T) {
	port := freePort(t)
	d := startConfig(t, fmt.Sprintf(`{"security": {"users": [{"name": "app", "password": %q, "rights": ["read"]}]},
		"servers": [{"id": "a", "address": "%%A", "role": "primary", "max_memory": "64MB", "admin_address": "127.0.0.1:%s"}]}`, hashOf(t, "hunter2"), port))
	d.serving()
	c := d.dial()
	c.want("AUTH app hunter2", "OK")
	c.want("AUTH app hunter2", "OK")
	c.want("AUTH app guess", "ERROR: WRONGPASS invalid username-password pair or user is disabled.")
	r, err := http.Get("http://127.0.0.1:" + port + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`{result="accepted"} 2`, `{result="failed"} 1`, `{result="refused"} 0`} {
		if !strings.Contains(string(body), "\ncachegopher_sign_ins_total"+want+"\n") {
			t.Errorf("the metrics have no %s", want)
		}
	}
}
