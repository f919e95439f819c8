package client_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/lru/view"
)

// localGroup starts a group whose nodes hand out their memory.
func localGroup(t *testing.T, secondaries int) *nodeprocess.Group {
	t.Helper()
	if !view.Supported {
		t.Skip("SKIPPED: this build cannot read another process's memory")
	}
	g, err := nodeprocess.New(nodeprocess.Options{Secondaries: secondaries, Sections: map[string]any{
		"common": map[string]any{"max_memory": "64MB", "local_reads": true}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	if err := g.StartAll(context.Background()); err != nil {
		t.Fatal(err)
	}
	return g
}

// localStatus waits until the client reads the memory of node id, or does not any more.
func localStatus(t *testing.T, c *client.Client, id string, local bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		s := statusOf(t, c, id)
		if s.Local == local {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: local: %v, %v", id, s.Local, s.LocalErr)
		}
	}
}

func statusOf(t *testing.T, c *client.Client, id string) client.NodeStatus {
	t.Helper()
	for _, s := range c.Nodes() {
		if s.ID == id {
			return s
		}
	}
	t.Fatalf("no node %s", id)
	return client.NodeStatus{}
}

// localEvents counts events that memory has answered, and others.
type localEvents struct{ local, asked int }

func (*localEvents) Start(ctx context.Context, _ client.Op) context.Context { return ctx }
func (l *localEvents) End(_ context.Context, e client.Event) {
	if e.Local {
		l.local += e.Keys
	} else {
		l.asked += e.Keys
	}
}

// TestLocalReads reads from a node's memory what there is, and asks the node for the rest.
func TestLocalReads(t *testing.T) {
	g := localGroup(t, 0)
	var events localEvents
	c := clientOf(t, client.WithConfigFile(g.Nodes[0].Config), client.WithLocalReads(), client.WithHooks(&events))
	localStatus(t, c, "n0", true)
	long := []byte(strings.Repeat("long", 10_000))
	for key, value := range map[string][]byte{"a": []byte("1"), "b": {}, "long": long} {
		if err := c.Set(ctx, key, value, client.TTL(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	events = localEvents{}
	before := statusOf(t, c, "n0")
	for key, want := range map[string]string{"a": "1", "b": "", "long": string(long)} {
		if v, err := c.Get(ctx, key); err != nil || string(v) != want {
			t.Errorf("%s: %.20q, %v", key, v, err)
		}
		if v, err := c.GetTo(ctx, key, []byte("x")); err != nil || string(v) != "x"+want {
			t.Errorf("%s: GetTo: %.20q, %v", key, v, err)
		}
		if d, err := c.TTL(ctx, key); err != nil || d > time.Hour+time.Second || d < time.Hour-time.Minute {
			t.Errorf("%s: TTL: %v, %v", key, d, err)
		}
		if v, d, err := c.GetWithTTL(ctx, key); err != nil || string(v) != want || d < time.Hour-time.Minute {
			t.Errorf("%s: GetWithTTL: %.20q, %v, %v", key, v, d, err)
		}
	}
	if events != (localEvents{local: 12}) {
		t.Errorf("%+v, want 12 from memory", events)
	}
	rs, err := c.GetMany(ctx, []string{"a", "none", "long"})
	if err != nil || string(rs[0].Value) != "1" || !errors.Is(rs[1].Err, client.ErrNotFound) || len(rs[2].Value) != len(long) {
		t.Errorf("GetMany: %v, %v", rs[1].Err, err)
	}
	if _, err := c.Get(ctx, "none"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("a key that is not there: %v", err)
	}
	if events != (localEvents{local: 14, asked: 2}) {
		t.Errorf("%+v, want 14 from memory, and 2 asked for", events)
	}
	if s := statusOf(t, c, "n0"); s.LocalReads-before.LocalReads != 14 {
		t.Errorf("the status counts %d local reads, want 14", s.LocalReads-before.LocalReads)
	}
}

// TestLocalReadsFollowWrites: once a write is acknowledged, no read from the primary's memory returns what was before it.
func TestLocalReadsFollowWrites(t *testing.T) {
	g := localGroup(t, 0)
	c := clientOf(t, client.WithConfigFile(g.Nodes[0].Config), client.WithLocalReads())
	localStatus(t, c, "n0", true)
	for i, end := 0, time.Now().Add(testkit.Patience); i < 300 || statusOf(t, c, "n0").LocalReads < 200; i++ {
		if i >= 300 && time.Now().After(end) { // it takes a moment until reads are from memory again, in which there may be any number
			t.Fatalf("only %d reads from memory", statusOf(t, c, "n0").LocalReads)
		}
		value := fmt.Sprint(i)
		must(t, c.Set(ctx, "k", []byte(value)))
		expect(t, c, "k", value)
		switch i % 100 {
		case 10:
			_, err := c.Delete(ctx, "k")
			must(t, err)
			expect(t, c, "k", "")
		case 20:
			must(t, c.FlushAll(ctx))
			expect(t, c, "k", "")
		case 30: // other shards
			_, err := c.DoNode(ctx, "n0", "CONFIG", "SET", "maxmemory", fmt.Sprint((i%300+100)*10_000_000))
			must(t, err)
			expect(t, c, "k", value)
			localStatus(t, c, "n0", true)
			expect(t, c, "k", value)
		case 40:
			must(t, c.Set(ctx, "k", []byte(value), client.TTL(30*time.Millisecond)))
			awaitClock(t, c, 30*time.Millisecond)
			expect(t, c, "k", "")
		}
	}
}

// awaitClock waits until so much time has passed by the clock that n0 shows in its memory, by which what is read there expires: it stands
// still while the node gets no processor.
func awaitClock(t *testing.T, c *client.Client, d time.Duration) {
	t.Helper()
	must(t, c.Set(ctx, "clock", nil, client.TTL(time.Hour)))
	testkit.Eventually(t, "the node's clock goes on", func() bool {
		before := statusOf(t, c, "n0").LocalReads
		left, err := c.TTL(ctx, "clock")
		must(t, err)
		return left <= time.Hour-d && statusOf(t, c, "n0").LocalReads > before
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// expect reads a key; an empty value means that it must not be there.
func expect(t *testing.T, c *client.Client, key, want string) {
	t.Helper()
	if v, err := c.Get(ctx, key); string(v) != want || want != "" && err != nil || want == "" && !errors.Is(err, client.ErrNotFound) {
		t.Fatalf("%s: %q, %v, want %q", key, v, err, want)
	}
}

// TestLocalReadsOfDeadNodes kills a node, and starts it again without what it had: what the memory of the killed one has is
// not read once the new one has acknowledged a write. A node that stands still is not read either, after a second.
func TestLocalReadsOfDeadNodes(t *testing.T) {
	g := localGroup(t, 0)
	c := clientOf(t, client.WithConfigFile(g.Nodes[0].Config), client.WithLocalReads())
	for i := range 3 {
		localStatus(t, c, "n0", true)
		must(t, c.Set(ctx, "k", []byte("old"), client.Idempotent()))
		expect(t, c, "k", "old")
		g.Nodes[0].Kill()
		must(t, g.Run(0))
		value := fmt.Sprint("new", i)
		retry(t, func() error { return c.Set(ctx, "other", []byte(value), client.Idempotent()) })
		expect(t, c, "k", "")
		expect(t, c, "other", value)
	}
	localStatus(t, c, "n0", true)
	must(t, g.Nodes[0].Process.Signal(syscall.SIGSTOP))
	short, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	for reads := 0; statusOf(t, c, "n0").Local; reads++ {
		if _, err := c.Get(short, "other"); err != nil {
			break
		}
	}
	must(t, g.Nodes[0].Process.Signal(syscall.SIGCONT))
	localStatus(t, c, "n0", true)
	expect(t, c, "other", "new2")
}

// retry calls do until it succeeds.
func retry(t *testing.T, do func() error) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		err := do()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// TestLocalReadsByPolicy reads from the memory of the members that the policy allows.
func TestLocalReadsByPolicy(t *testing.T) {
	g := localGroup(t, 1)
	for _, tt := range []struct {
		opts    []client.Option
		read    []client.ReadOption
		primary bool // only the primary's memory may be read
		none    bool // no memory may be
	}{
		{opts: []client.Option{client.WithReads(client.ReadRoundRobin)}},
		{opts: []client.Option{client.WithReads(client.ReadPrimary)}, primary: true},
		{opts: []client.Option{client.WithReads(client.ReadFastest)}},
		{read: []client.ReadOption{client.FromPrimary()}, none: true},
	} {
		c := clientOf(t, append(tt.opts, client.WithConfigFile(g.Nodes[0].Config), client.WithLocalReads())...)
		localStatus(t, c, "n0", true)
		localStatus(t, c, "n1", true)
		must(t, c.Set(ctx, "k", []byte("v")))
		must(t, g.Resume()) // which waits for the secondary
		for range 10 {
			if v, err := c.Get(ctx, "k", tt.read...); err != nil || string(v) != "v" {
				t.Errorf("%q, %v", v, err)
			}
		}
		primary, secondary := statusOf(t, c, "n0").LocalReads, statusOf(t, c, "n1").LocalReads
		if sum := primary + secondary; tt.none && sum != 0 || !tt.none && sum != 10 || tt.primary && secondary != 0 {
			t.Errorf("%+v: %d reads of the primary's memory, %d of the secondary's", tt, primary, secondary)
		}
	}
}

// TestLocalReadsNeedRights: a client without the rights for all keys asks the node, and sees no error.
func TestLocalReadsNeedRights(t *testing.T) {
	if !view.Supported {
		t.Skip("SKIPPED: this build cannot read another process's memory")
	}
	const hash = "$2a$10$gUlYipr84GrujQflswT.L.v.EeVOTkk.U6Pyc5NfTj27/bG.so75u" // of "secret"
	users := []map[string]any{
		{"name": "all", "password": hash, "rights": []string{"read", "write"}},
		{"name": "some", "password": hash, "rights": []string{"read", "write"}, "keys": []string{"k"}},
	}
	g, err := nodeprocess.New(nodeprocess.Options{Sections: map[string]any{
		"common": map[string]any{"max_memory": "64MB", "local_reads": true}, "security": map[string]any{"users": users}}})
	must(t, err)
	defer g.Close()
	must(t, g.WriteConfigs())
	must(t, g.Run(0))
	all := clientOf(t, client.WithConfigFile(g.Nodes[0].Config), client.WithLocalReads(), client.WithAuth("all", "secret"))
	localStatus(t, all, "n0", true)
	some := clientOf(t, client.WithConfigFile(g.Nodes[0].Config), client.WithLocalReads(), client.WithAuth("some", "secret"))
	retry(t, func() error { return some.Set(ctx, "k", []byte("v")) })
	for end := time.Now().Add(30 * time.Second); statusOf(t, some, "n0").LocalErr == nil && time.Now().Before(end); {
		expect(t, some, "k", "v")
	}
	if s := statusOf(t, some, "n0"); s.Local || s.LocalReads != 0 || !strings.Contains(fmt.Sprint(s.LocalErr), "No permissions for all keys") {
		t.Errorf("%d local reads, %v", s.LocalReads, s.LocalErr)
	}
	expect(t, all, "k", "v")
	if n := statusOf(t, all, "n0").LocalReads; n != 1 {
		t.Errorf("%d local reads", n)
	}
}
