package nearcache_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/nearcache"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// No copy outlives its entry, whoever wrote it and however it was read.
func TestCopiesEndWithTheirEntries(t *testing.T) {
	c, near, n, _ := setup(t, nearcache.Options{TTL: time.Hour, NegativeTTL: time.Hour})
	ctx := testkit.Within(t, testkit.Patience)
	other, err := client.New(client.WithServers(n.Direct)) // another process
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close() //nolint:errcheck // always nil
	load := func(context.Context) ([]byte, error) { return nil, errors.New("loaded") }
	reads := []func(key string) (string, error){
		func(k string) (string, error) { v, err := c.Get(ctx, k); return string(v), err },
		func(k string) (string, error) { v, err := c.GetTo(ctx, k, []byte{}); return string(v), err },
		func(k string) (string, error) { v, err := c.GetOrLoad(ctx, k, time.Hour, load); return string(v), err },
		func(k string) (string, error) {
			rs, err := c.GetMany(ctx, []string{k})
			return string(rs[0].Value), errors.Join(err, rs[0].Err)
		},
	}
	const life = 400 * time.Millisecond
	for i, read := range reads {
		for w, writer := range []*client.Client{c, other} {
			key := fmt.Sprint("k", i, w)
			if err := writer.Set(ctx, key, []byte("v"), client.TTL(life)); err != nil {
				t.Fatal(err)
			}
			if v, err := read(key); v != "v" && !errors.Is(err, client.ErrNotFound) { // the machine may be slow
				t.Errorf("read %d: %q, %v", i, v, err)
			}
		}
	}
	if near.Len() == 0 {
		t.Error("nothing was kept")
	}
	for i, read := range reads {
		for w := range 2 {
			key := fmt.Sprint("k", i, w)
			for err = nil; !errors.Is(err, client.ErrNotFound); time.Sleep(time.Millisecond) {
				if _, err = other.Get(ctx, key); ctx.Err() != nil {
					t.Fatal("the entry does not end")
				}
			}
			if v, err := read(key); err == nil {
				t.Errorf("read %d returned %q of an entry that has ended", i, v)
			}
		}
	}
}

// Keys that a command changes, by the table of commands, are read from the node again, whichever method sends it.
func TestCommandsAreKnown(t *testing.T) {
	c, _, _, _ := setup(t, nearcache.Options{TTL: time.Hour, NegativeTTL: time.Hour})
	ctx := testkit.Within(t, testkit.Patience)
	node := c.Nodes()[0].ID
	for _, command := range []struct {
		args []string
		a, b string // afterwards
	}{
		{[]string{"MSET", "a", "2", "b", "2"}, "2", "2"},
		{[]string{"del", "a", "b"}, "", ""},
		{[]string{"RENAME", "a", "b"}, "", "1"},
		{[]string{"COPY", "a", "b", "REPLACE"}, "1", "1"},
		{[]string{"FLUSHALL"}, "", ""},
		{[]string{"FLUSHDB", "ASYNC"}, "", ""},
		{[]string{"GET", "a"}, "1", "1"},
		{[]string{"UNHEARD", "a"}, "1", "1"},
	} {
		for how, do := range map[string]func() error{
			"Do":     func() error { _, err := c.Do(ctx, command.args...); return err },
			"DoNode": func() error { _, err := c.DoNode(ctx, node, command.args...); return err },
			"DoRead": func() error { _, err := c.DoRead(ctx, command.args...); return err },
			"Pipeline": func() error {
				p := c.Pipeline()
				p.DoRead(command.args...)
				return p.Exec(ctx)
			},
		} {
			if err := c.SetMany(ctx, []client.Item{{Key: "a", Value: []byte("1")}, {Key: "b", Value: []byte("1")}}); err != nil {
				t.Fatal(err)
			}
			want(t, c, "a", "1")
			want(t, c, "b", "1")
			if err := do(); err != nil && command.args[0] != "UNHEARD" {
				t.Errorf("%s %v: %v", how, command.args, err)
			}
			if t.Failed() {
				return
			}
			want(t, c, "a", command.a)
			want(t, c, "b", command.b)
			if t.Failed() {
				t.Fatalf("%s %v", how, command.args)
			}
		}
	}
}

// A client never reads a value from its near cache that it has replaced, however far behind a secondary is. While
// the primary is unreachable it reads from a secondary, but keeps no copies of those values.
func TestSlowSecondary(t *testing.T) {
	g, err := nodeprocess.Start(1)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	near, err := nearcache.New(nearcache.Options{TTL: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	c, err := client.New(client.WithConfigFile(g.Nodes[0].Config), client.WithNearCache(near))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // always nil
	ctx := testkit.Within(t, testkit.Patience)
	set := func(value string) {
		t.Helper()
		for i := range 20 {
			if err := c.Set(ctx, fmt.Sprint("k", i), []byte(value)); err != nil {
				t.Fatal(err)
			}
		}
	}
	set("old")
	if err := g.Resume(); err != nil { // which waits for the secondary
		t.Fatal(err)
	}
	if err := g.Pause(); err != nil {
		t.Fatal(err)
	}
	set("new")
	for i := range 10 {
		want(t, c, fmt.Sprint("k", i), "new")
		rs, err := c.GetMany(ctx, []string{fmt.Sprint("k", 10+i)})
		if err != nil || string(rs[0].Value) != "new" {
			t.Errorf("GetMany: %q, %v", rs[0].Value, err)
		}
	}
	g.Nodes[0].Kill()
	near.Clear()
	want(t, c, "k0", "old")
	if rs, err := c.GetMany(ctx, []string{"k1"}); err != nil || string(rs[0].Value) != "old" {
		t.Errorf("GetMany without a primary: %q, %v", rs[0].Value, err)
	}
	if n := near.Len(); n != 0 {
		t.Errorf("%d entries of a secondary were kept", n)
	}
}

// ForgetIf drops some keys, and keeps no answer to a request that was sent before.
func TestForgetIf(t *testing.T) {
	near, err := nearcache.New(nearcache.Options{TTL: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	before := near.Version("late")
	for i := range 100 {
		k := fmt.Sprint("k", i)
		near.Put(k, []byte("v"), true, client.NoExpiry, near.Version(k))
	}
	near.ForgetIf(func(key string) bool { return len(key) == 2 })
	near.Put("late", []byte("v"), true, client.NoExpiry, before)
	for key, want := range map[string]bool{"k1": false, "k9": false, "k10": true, "k99": true, "late": false} {
		if _, _, known := near.Get(key); known != want {
			t.Errorf("%s is known: %v, want %v", key, known, want)
		}
	}
}
