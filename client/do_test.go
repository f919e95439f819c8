package client

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

func TestReadConfigAndRing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.json")
	text := `{"servers": [
{"id": "a1", "address": "127.0.0.1:1", "role": "primary", "secondaries": ["a2"], "weight": 3},
{"id": "b1", "address": "127.0.0.1:2", "role": "primary"},
{"id": "a2", "address": "127.0.0.1:3", "role": "secondary", "primary": "a1", "zone": "west"}]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := ReadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := cfg.Ring()
	if err != nil || r.Len() != 2 {
		t.Fatalf("%v groups, %v", r, err)
	}
	if a, b := float64(r.Counts()[0]), float64(r.Counts()[1]); a < 2.8*b || a > 3.2*b {
		t.Errorf("the group of weight 3 has %v of the slots, the other %v", a, b)
	}
	if zone := cfg.Groups[0].Members[1].Zone; zone != "west" {
		t.Errorf("a2 is in zone %q", zone)
	}
	c := newClientOf(t, cfg)
	for _, key := range []string{"", "a", "b", "user:42", "user:43"} {
		if _, g := c.Locate(key); g.ID != r.Group(r.Locate(key)).ID {
			t.Errorf("%q is in %s, the ring says %s", key, g.ID, r.Group(r.Locate(key)).ID)
		}
	}
	cfg.Groups[0].Members = nil
	if _, err := cfg.Ring(); err == nil {
		t.Error("a group without members has a ring")
	}
}

// DoRead asks another member when the first is down, alone and in a pipeline.
func TestDoRead(t *testing.T) {
	gone, alive := newFake(t), newFake(t)
	gone.stop()
	c := newClient(t, []*fakeNode{gone, alive}, WithReads(ReadPrimary))
	ctx := testkit.Within(t, 10*time.Second)
	v, err := c.DoRead(ctx, "PING")
	if err != nil || v.Text() != "PONG" {
		t.Fatalf("%v, %v", v, err)
	}
	p := c.Pipeline()
	q := p.DoRead("PING")
	if err := p.Exec(ctx); err != nil {
		t.Fatal(err)
	}
	if v, err := q.Value(); err != nil || v.Text() != "PONG" {
		t.Errorf("%v, %v", v, err)
	}
	if _, err := c.DoRead(ctx); err == nil {
		t.Error("no command, no error")
	}
}

// With ReadPrimary, reads wait for the primary even when the secondary is connected first.
func TestReadPrimaryFromTheStart(t *testing.T) {
	primary, secondary := newFake(t), newFake(t)
	primary.put("k", "new")
	secondary.put("k", "old")
	primary.setPlan(func(_ int, args []string) act {
		if args[0] == "HELLO" {
			return act{delay: 200 * time.Millisecond}
		}
		return act{}
	})
	c := newClient(t, []*fakeNode{primary, secondary}, WithReads(ReadPrimary))
	testkit.Eventually(t, "the secondary is connected", func() bool { return c.Nodes()[1].State == StateUp })
	if v, err := c.Get(testkit.Within(t, 10*time.Second), "k"); err != nil || string(v) != "new" {
		t.Errorf("%q, %v", v, err)
	}
}

// Do, DoRead and pipelines choose the group by the key among the arguments, and refuse keys of several groups.
func TestCommandsGoWhereTheirKeysAre(t *testing.T) {
	nodes := []*fakeNode{newFake(t), newFake(t)}
	c := newClientOf(t, servers([]string{nodes[0].addr, nodes[1].addr}))
	ctx := testkit.Within(t, 10*time.Second)
	at := func(key string) int {
		_, g := c.Locate(key)
		return slices.Index([]string{nodes[0].addr, nodes[1].addr}, g.ID)
	}
	var keys [2]string // of each group
	for i := 0; keys[0] == "" || keys[1] == ""; i++ {
		k := fmt.Sprint("key", i)
		keys[at(k)] = k
	}
	for g, key := range keys {
		for _, x := range []struct {
			args []string
			asks string // the command that the fake counts
		}{
			{[]string{"get", key}, "GET"},
			{[]string{"OBJECT", "ENCODING", key}, "OBJECT"},
			{[]string{"MSET", key, keys[1-g] + " as a value"}, "MSET"},
			{[]string{"UNHEARD", key, keys[1-g]}, "UNHEARD"},
		} {
			for how, do := range map[string]func(){
				"Do":              func() { _, _ = c.Do(ctx, x.args...) },
				"DoRead":          func() { _, _ = c.DoRead(ctx, x.args...) },
				"Pipeline.Do":     func() { p := c.Pipeline(); p.Do(x.args...); _ = p.Exec(ctx) },
				"Pipeline.DoRead": func() { p := c.Pipeline(); p.DoRead(x.args...); _ = p.Exec(ctx) },
			} {
				here, there := nodes[g].count(x.asks), nodes[1-g].count(x.asks)
				do()
				if nodes[g].count(x.asks) != here+1 || nodes[1-g].count(x.asks) != there {
					t.Errorf("%s %q was not sent to the group of its key alone", how, x.args)
				}
			}
		}
	}
	_, err := c.Do(ctx, "MSET", keys[0], "v", keys[1], "v")
	wantErr(t, err, "different groups", ErrNotSent)
	if _, err := c.Do(ctx, "PING"); err != nil {
		t.Errorf("a command without a key: %v", err)
	}
}

// Every error of GetWithTTL names that operation.
func TestErrorsNameGetWithTTL(t *testing.T) {
	f := newFake(t)
	c := newClient(t, []*fakeNode{f})
	ctx := testkit.Within(t, 10*time.Second)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	get := func(ctx context.Context, key string) error { _, _, err := c.GetWithTTL(ctx, key); return err }
	wantErr(t, get(ctx, "none"), "cache GetWithTTL on n1", ErrNotFound)
	wantErr(t, get(ctx, ""), "cache GetWithTTL", ErrEmptyKey)
	wantErr(t, get(ended, "k"), "cache GetWithTTL", context.Canceled)
	f.setPlan(func(int, []string) act { return act{deny: "-ERR broken\r\n"} })
	wantErr(t, get(ctx, "k"), "cache GetWithTTL on n1")
	f.setPlan(func(_ int, args []string) act { return act{close: args[0] != "HELLO"} })
	wantErr(t, get(ctx, "k"), "cache GetWithTTL on n1", ErrUnavailable)
}
