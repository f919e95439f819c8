package coordination

import (
	"context"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// listen makes the coordinators that are added from now on log to what it returns.
func (w *world) listen() *observer.ObservedLogs {
	core, logs := observer.New(zap.WarnLevel)
	w.log = zap.New(core)
	return logs
}

// says waits for a line that has all words, in itself or its fields.
func (w *world) says(logs *observer.ObservedLogs, words ...string) {
	w.t.Helper()
	w.eventually("a line with "+strings.Join(words, ", "), func() bool {
		for _, e := range logs.All() {
			text := e.Message
			for _, f := range e.Context {
				text += " " + f.String
			}
			has := true
			for _, word := range words {
				has = has && strings.Contains(text, word)
			}
			if has {
				return true
			}
		}
		return false
	})
}

func (w *world) client() *clientv3.Client {
	w.t.Helper()
	conf, err := settings(&w.conf)
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := clientv3.New(clientv3.Config{Endpoints: w.conf.Etcd, DialTimeout: patience, TLS: conf.TLS, Logger: zap.NewNop()})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() }) //nolint:errcheck // the test is over
	return c
}

// TestWrongPassword: a node that etcd does not let in says so.
func TestWrongPassword(t *testing.T) {
	w := newWorld(t)
	c := w.client()
	for _, do := range []func() error{
		func() error { _, err := c.UserAdd(t.Context(), "root", "secret"); return err },
		func() error { _, err := c.UserGrantRole(t.Context(), "root", "root"); return err },
		func() error { _, err := c.AuthEnable(t.Context()); return err },
	} {
		if err := do(); err != nil && !strings.Contains(err.Error(), "role name not found") {
			t.Fatal(err)
		}
	}
	w.conf.User, w.password = "root", "wrong"
	logs := w.listen()
	w.add("a", 0)
	w.says(logs, "refuses this node's user or password", "coordination.password_file")
}

// TestSlowEtcd: a primary goes on while etcd hangs, says what is wrong, and stays the primary.
func TestSlowEtcd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	logs := w.listen()
	for _, id := range []string{"a", "b", "c"} {
		w.add(id, 0)
	}
	a := w.settled()
	w.etcd.Suspend()
	w.says(logs, "etcd cannot be reached", "endpoint health")
	for end := time.Now().Add(2 * w.conf.FailoverAfter); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if !a.writable() {
			t.Fatalf("no writes while etcd hangs\n%s", w)
		}
	}
	w.etcd.Resume()
	w.eventually("etcd is there", func() bool { return !a.c.Status().Away })
	if l := w.settled(); l != a {
		t.Errorf("%s leads", l.id)
	}
}

// TestFullEtcd: a primary goes on while etcd's database is full; that nobody else can lead is said.
func TestFullEtcd(t *testing.T) {
	w := newWorld(t)
	logs := w.listen()
	for _, id := range []string{"a", "b", "c"} {
		w.add(id, 0)
	}
	a := w.settled()
	c := w.client()
	w.fill(c)
	if !a.writable() {
		t.Error("the primary has stopped")
	}
	a.kill()
	w.says(logs, "etcd's database is full", "alarm disarm")
}

// fill writes until etcd has no room; it was started with a small quota.
func (w *world) fill(c *clientv3.Client) {
	w.t.Helper()
	big := strings.Repeat("x", 1<<20)
	for n := range 100 {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		_, err := c.Put(ctx, "big"+string(rune('a'+n)), big)
		cancel()
		if err != nil {
			return
		}
	}
	w.t.Fatal("etcd takes any amount")
}

// TestSameID: a second node of an id that runs elsewhere does not take part, and says so.
func TestSameID(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"a", "b", "c"} {
		w.add(id, 0)
	}
	a := w.settled()
	epoch := a.epoch
	logs := w.listen()
	twin := w.twin("b", "elsewhere:1")
	w.says(logs, "another running node of this id", "an id of its own")
	w.mu.Lock()
	serves, real := twin.serves, w.nodes["b"].serves
	w.mu.Unlock()
	if serves || !real {
		t.Errorf("the twin serves: %v, the other one: %v", serves, real)
	}
	if twin.writable() || w.leader() != a || a.epoch != epoch {
		t.Errorf("the twin has changed something\n%s", w)
	}
}

// TestStrangers: groups of another cluster of the same name are left out, and said.
func TestStrangers(t *testing.T) {
	w := newWorld(t)
	c := w.client()
	k := keysOf("test")
	r := encode(memberRecord{Format: format, Addresses: []string{"x:1"}})
	for _, key := range []string{k.known("other", "x"), k.member("other", "x")} {
		if _, err := c.Put(t.Context(), key, r); err != nil {
			t.Fatal(err)
		}
	}
	logs := w.listen()
	a := w.add("a", 0)
	w.says(logs, "groups in this cluster that the config does not name", "coordination.cluster")
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(a.topology.Groups) > 1 {
		t.Errorf("the topology has %d groups", len(a.topology.Groups))
	}
}

// TestUnnamedMember: members of another cluster of the same name, which has a group of the same name, are said.
func TestUnnamedMember(t *testing.T) {
	w := newWorld(t)
	if _, err := w.client().Put(t.Context(), keysOf("test").member("a", "x"), encode(memberRecord{Format: format, Addresses: []string{"x:1"}})); err != nil {
		t.Fatal(err)
	}
	logs := w.listen()
	w.add("a", 0)
	w.says(logs, "that the config does not name, and that have not joined", "coordination.cluster")
}

// TestNewerMember: a node beside one of a later format does not stand, and says to upgrade.
func TestNewerMember(t *testing.T) {
	w := newWorld(t)
	if _, err := w.client().Put(t.Context(), keysOf("test").member("a", "b"), encode(memberRecord{Format: format + 1, Addresses: []string{"b:1"}})); err != nil {
		t.Fatal(err)
	}
	logs := w.listen()
	a := w.add("a", 0)
	w.says(logs, "newer version", "upgrade this node")
	if a.writable() {
		t.Error("it leads")
	}
}
