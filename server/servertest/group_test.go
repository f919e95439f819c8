package servertest_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// ask sends a request in the line dialect, signed in as app, and returns the first line of its reply.
func ask(t *testing.T, n *servertest.Node, request string) string {
	t.Helper()
	nc, err := net.Dial("tcp", n.Direct)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close() //nolint:errcheck // done with it
	fmt.Fprintf(nc, "AUTH app hunter2\n%s\n", request)
	r := bufio.NewReader(nc)
	if line, err := r.ReadString('\n'); err != nil || line != "OK\n" {
		t.Fatalf("signing in at %s is answered %q, %v", n.ID, line, err)
	}
	line, err := r.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(line, "\n")
}

// A group of two with a user and TLS replicates, over TLS and signed in. Its client writes to the primary and reads from
// the secondary. Cut links are restored, and a member that restarts empty gets all data.
func TestGroupWithUsersAndTLS(t *testing.T) {
	nodes := servertest.StartGroup(t, 2, servertest.ID("n"), servertest.User("app", "hunter2", "read", "write", "admin"), servertest.TLS(), servertest.WithAdmin())
	primary, secondary := nodes[0], nodes[1]
	if primary.ID != "n1" || secondary.ID != "n2" {
		t.Errorf("ids %s, %s", primary.ID, secondary.ID)
	}
	c, err := client.New(client.WithConfigFile(primary.File), client.WithAuth("app", "hunter2"), client.WithTLSFiles(primary.CA, primary.Cert, primary.Key))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // always nil
	ctx := testkit.Within(t, 4*testkit.Patience)
	if err := c.Set(ctx, "k", []byte("v")); err != nil {
		t.Fatal(err)
	}
	has := func(key string) func() bool {
		return func() bool { return ask(t, secondary, "GET "+key) == "v" }
	}
	testkit.Eventually(t, "k at the secondary", has("k"))
	if reply := ask(t, secondary, "SET k 2"); !strings.Contains(reply, "READONLY") {
		t.Errorf("a write at the secondary is answered %q", reply)
	}
	// No stream passes through the plain proxy: nodes connect to each other with TLS.
	plain, err := net.Dial("tcp", secondary.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close() //nolint:errcheck // done with it
	fmt.Fprint(plain, "PING\n")
	if line, err := bufio.NewReader(plain).ReadString('\n'); err != nil || !strings.Contains(line, "NOAUTH") && !strings.Contains(line, "PONG") {
		t.Errorf("nobody in particular is answered %q, %v", line, err)
	}

	secondary.Cut()
	if err := c.Set(ctx, "after-cut", []byte("v"), client.Idempotent()); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "a write after the cut", has("after-cut"))

	secondary.Kill()
	if err := c.Set(ctx, "meanwhile", []byte("v"), client.Idempotent()); err != nil {
		t.Fatal(err)
	}
	secondary.Restart()
	for _, key := range []string{"k", "meanwhile"} {
		if !has(key)() {
			t.Errorf("the secondary is ready without %s", key)
		}
	}
	resp, err := http.Get("http://" + secondary.Admin + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		t.Errorf("/readyz is answered %d: %s", resp.StatusCode, body)
	}
}

// Without users and TLS, replication goes through the plain proxy: a stalled secondary lags, and a restarted primary
// takes the data from its secondary.
func TestPlainGroup(t *testing.T) {
	nodes := servertest.StartGroup(t, 2)
	c := newClient(t, nodes)
	ctx := testkit.Within(t, 4*testkit.Patience)
	if err := c.Set(ctx, "k", []byte("v")); err != nil {
		t.Fatal(err)
	}
	direct := func(n *servertest.Node, request string) string {
		t.Helper()
		nc, err := net.Dial("tcp", n.Direct)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close() //nolint:errcheck // done with it
		fmt.Fprint(nc, request+"\n")
		line, err := bufio.NewReader(nc).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSuffix(line, "\n")
	}
	testkit.Eventually(t, "k at the secondary", func() bool { return direct(nodes[1], "GET k") == "v" })
	nodes[1].Stall()
	if got := direct(nodes[0], "SET late v"); got != "OK" {
		t.Fatalf("SET is answered %q", got)
	}
	time.Sleep(50 * time.Millisecond)
	if got := direct(nodes[1], "GET late"); got == "v" {
		t.Error("a write went through a stalled proxy")
	}
	nodes[1].Resume()
	testkit.Eventually(t, "the late write", func() bool { return direct(nodes[1], "GET late") == "v" })

	nodes[0].Restart()
	if got := direct(nodes[0], "GET late"); got != "v" {
		t.Errorf("the primary that came back answers %q", got)
	}
}

// Reload applies a changed config.
func TestReload(t *testing.T) {
	n := servertest.Start(t, servertest.ID("n"), servertest.User("app", "hunter2", "read", "write"))
	text, err := os.ReadFile(n.File)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), `"write"`, `"admin"`, 1)
	if err := os.WriteFile(n.File, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := n.Reload(); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, n, "SET k v"); !strings.Contains(got, "NOPERM") {
		t.Errorf("a user without the right to write is answered %q", got)
	}
	if err := servertest.Start(t).Reload(); err == nil {
		t.Error("a node without a config reads it again")
	}
}

// TLSAddress keeps its proxy, and a restarted node its address.
func TestTLS(t *testing.T) {
	n := servertest.Start(t, servertest.TLS())
	ping := func() error {
		conn, err := tls.Dial("tcp", n.TLSAddress, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // a test
		if err != nil {
			return err
		}
		defer conn.Close() //nolint:errcheck // done with it
		fmt.Fprint(conn, "PING\n")
		if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || line != "PONG\n" {
			return fmt.Errorf("%q, %w", line, err)
		}
		return nil
	}
	if err := ping(); err != nil {
		t.Error(err)
	}
	n.Kill()
	if err := ping(); err == nil {
		t.Error("a killed node answers")
	}
	n.Restart()
	if err := ping(); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

// A reload of a config with exchanged roles exchanges them: no write on the secondary is lost, and the new primary accepts
// writes.
func TestRolesChange(t *testing.T) {
	nodes := servertest.StartGroup(t, 2, servertest.User("app", "hunter2", "read", "write"))
	was, is := nodes[0], nodes[1]
	if got := ask(t, was, "SET before v"); got != "OK" {
		t.Fatalf("SET is answered %q", got)
	}
	testkit.Eventually(t, "that write at the secondary", func() bool { return ask(t, is, "GET before") == "v" })
	if err := os.WriteFile(was.File, []byte(servertest.Config([]*servertest.Node{is, was})), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes { // the old primary first, so that there are never two
		if err := n.Reload(); err != nil {
			t.Fatal(err)
		}
	}
	testkit.Eventually(t, "a write at the new primary", func() bool { return ask(t, is, "SET after v") == "OK" })
	testkit.Eventually(t, "that write at the old one", func() bool { return ask(t, was, "GET after") == "v" })
	for _, n := range nodes {
		if got := ask(t, n, "GET before"); got != "v" {
			t.Errorf("GET at %s is answered %q", n.ID, got)
		}
	}
	if got := ask(t, was, "SET k v"); !strings.Contains(got, "READONLY") {
		t.Errorf("a write at the old primary is answered %q", got)
	}
}
