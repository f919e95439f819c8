package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/machine"
)

// replies sends a request in RESP and returns the reply. Errors fail the test.
func replies(t *testing.T, address string, args ...string) string {
	t.Helper()
	w, err := dialPeer(address)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // done with it
	got, err := w.do(args...)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(got)
}

// TestReplication starts the secondaries of a group before or after the primary, and checks what the nodes report.
func TestReplication(t *testing.T) {
	t.Parallel()
	g := newGroup(t, 2)
	g.start(2)
	g.nodes[2].serving()
	g.start(0)
	g.nodes[0].serving()
	g.start(1)
	g.nodes[1].serving()
	p, s := g.addresses[0], g.addresses[1]
	g.nodes[0].eventually("two secondaries", func() bool {
		return strings.Contains(replies(t, p, "INFO", "replication"), "connected_slaves:2")
	})
	for _, c := range []struct {
		address, request, reply string
	}{
		{p, "SET key value", "OK"}, {p, "SET gone soon PX 100000", "OK"}, {p, "WAIT 2 5000", "2"},
		{s, "GET key", "value"}, {s, "GET gone", "soon"}, {s, "SET key other", "error reply: READONLY You can't write against a read only replica."},
		{s, "GETEX key PERSIST", "error reply: READONLY You can't write against a read only replica."},
		{s, "WAIT 1 1", "error reply: ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated."},
		{p, "REPLICA PAUSE n1", "OK"}, {p, "SET key later", "OK"}, {p, "WAIT 1 5000", "1"}, {p, "WAIT 2 50", "1"}, {s, "GET key", "value"},
		{p, "REPLICA PAUSE n9", `error reply: ERR no secondary has id "n9"; known: [n1 n2]`},
		{s, "REPLICA PAUSE", "error reply: ERR this node is a secondary; ask its primary, n0"},
		{p, "REPLICA RESUME", "OK"}, {p, "WAIT 2 5000", "2"}, {s, "GET key", "later"},
		{p, "FLUSHALL", "OK"}, {p, "WAIT 2 5000", "2"}, {s, "DBSIZE", "0"},
		{p, "REPLICA STREAM 1 g a b", "error reply: REFUSED this node, n0, is itself a primary; check the config of the node that connects"},
		{s, "REPLICA STREAM 1 n0 n9 n1", "error reply: REFUSED the primary of this node is n0, not n9; give both nodes the same config"},
	} {
		if got := replies(t, c.address, strings.Fields(c.request)...); got != c.reply {
			t.Errorf("%s is answered %q, want %q", c.request, got, c.reply)
		}
	}
	host, port, _ := strings.Cut(p, ":")
	if role := replies(t, s, "ROLE"); !strings.HasPrefix(role, "[slave "+host+" "+port+" connected") {
		t.Errorf("ROLE is %s", role)
	}
	if role := replies(t, p, "ROLE"); !strings.HasPrefix(role, "[master ") || strings.Count(role, host) != 2 {
		t.Errorf("ROLE is %s", role)
	}
	info := replies(t, s, "INFO", "replication")
	for _, want := range []string{"role:slave", "master_link_status:up", "slave_read_only:1", "slave_lag_ms:"} {
		if !strings.Contains(info, want) {
			t.Errorf("INFO has no %s: %s", want, info)
		}
	}
	if st := g.nodes[0].stats(); number(t, st, "replication_batches") == 0 || !strings.HasPrefix(st["replication_n1"], "online ") {
		t.Errorf("STATS are %v", st)
	}
	// The lag of a paused secondary grows.
	replies(t, p, "REPLICA", "PAUSE", "n1")
	replies(t, p, "SET", "key", "late")
	paused := regexp.MustCompile(`state=paused,.*id=n1,lag_bytes=[1-9]\d*,lag_ms=[1-9]\d\d`)
	g.nodes[0].eventually("lag of 100 ms", func() bool { return paused.MatchString(replies(t, p, "INFO", "replication")) })
	replies(t, p, "REPLICA", "RESUME")
	g.nodes[1].dial().want("SET k v", "ERROR: READONLY You can't write against a read only replica.")
}

// TestRecovery restarts a primary, which gets its data back, and secondaries, which wait for theirs.
func TestRecovery(t *testing.T) {
	t.Parallel()
	g := runningGroup(t, 2, nil)
	p := g.addresses[0]
	c := g.nodes[0].dial()
	for i := range 500 {
		c.want(fmt.Sprintf("SET key%d value%d", i, i), "OK")
	}
	g.inStep(0)
	for _, flags := range [][]string{nil, {"--recover"}} {
		g.kill(0)
		g.start(0, flags...)
		g.nodes[0].serving()
		if n := replies(t, p, "DBSIZE"); n != "500" {
			t.Errorf("a primary that comes back with %v has %s entries", flags, n)
		}
	}
	g.kill(1)
	g.start(1, "--recover")
	g.nodes[1].serving()
	if n := replies(t, g.addresses[1], "DBSIZE"); n != "500" {
		t.Errorf("a secondary that recovered has %s entries", n)
	}
	g.kill(0)
	g.kill(1)
	g.start(1, "--recover")
	g.nodes[1].eventually("a secondary that is not ready", func() bool {
		w, err := dialPeer(g.addresses[1])
		if err != nil {
			return false
		}
		defer w.Close() //nolint:errcheck // done with it
		_, err = w.do("GET", "key1")
		return err != nil && strings.Contains(err.Error(), "LOADING")
	})
	g.start(0)
	g.nodes[0].serving()
	g.nodes[1].serving()
	if held := g.equal(); len(held) != 500 {
		t.Errorf("%d entries at the end", len(held))
	}
}

// TestComesBack restarts a secondary after its primary has failed to connect for so long that the next attempt
// is seconds away.
func TestComesBack(t *testing.T) {
	t.Parallel()
	g := runningGroup(t, 1, nil)
	online := func() bool {
		return strings.Contains(replies(t, g.addresses[0], "INFO", "replication"), "state=online")
	}
	g.nodes[0].eventually("a secondary in step", online)
	g.kill(1)
	time.Sleep(7 * time.Second) // attempts are at least 1.6 s apart by then, 3.2 s soon
	g.start(1)
	g.nodes[1].serving()
	m, began := machine.Start(t), time.Now()
	g.nodes[0].eventually("a secondary in step", online)
	if took := time.Since(began); took > m.Allow(1500*time.Millisecond) {
		t.Errorf("in step %v after the secondary was back", took)
	}
	for request, reply := range map[string]string{
		"REPLICA KNOCK n0 n9":    `error reply: ERR no secondary has id "n9"; known: [n1]`,
		"REPLICA KNOCK other n1": "error reply: ERR this node belongs to group n0, not other; give both nodes the same config",
		"REPLICA KNOCK n0 n1":    "OK",
	} {
		if got := replies(t, g.addresses[0], strings.Fields(request)...); got != reply {
			t.Errorf("%s is answered %q, want %q", request, got, reply)
		}
	}
}
