package nearcache_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/nearcache"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// setup returns a client with a near cache, and how many GETs have reached the node.
func setup(t *testing.T, o nearcache.Options) (c *client.Client, near *nearcache.Cache, n *servertest.Node, gets *atomic.Int64) {
	t.Helper()
	n = servertest.Start(t)
	gets = new(atomic.Int64)
	n.OnRequest(func(args []string) servertest.Fault {
		if args[0] == "GET" {
			gets.Add(1)
		}
		return servertest.Fault{}
	})
	near, err := nearcache.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(near.Close)
	c, err = client.New(client.WithServers(n.Address), client.WithNearCache(near))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // always nil
	return c, near, n, gets
}

func want(t *testing.T, c *client.Client, key, value string) {
	t.Helper()
	v, err := c.Get(testkit.Within(t, testkit.Patience), key)
	if value == "" && !errors.Is(err, client.ErrNotFound) || value != "" && (err != nil || string(v) != value) {
		t.Errorf("Get(%s) = %q, %v; want %q", key, v, err, value)
	}
	if len(v) > 0 {
		v[0] = '!' // the near cache's copy must not change
	}
}

// A second read of a key, also of a missing one, does not reach the node. A read after a write does.
func TestReadsAreSpared(t *testing.T) {
	c, near, _, gets := setup(t, nearcache.Options{TTL: time.Hour, NegativeTTL: time.Hour})
	ctx := testkit.Within(t, testkit.Patience)
	if err := c.Set(ctx, "k", []byte("one")); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		want(t, c, "k", "one")
		want(t, c, "none", "")
		if v, err := c.GetTo(ctx, "k", []byte("to ")); err != nil || string(v) != "to one" {
			t.Fatalf("GetTo = %q, %v", v, err)
		}
		rs, err := c.GetMany(ctx, []string{"none", "k", "k"})
		if err != nil || !errors.Is(rs[0].Err, client.ErrNotFound) || string(rs[1].Value) != "one" || string(rs[2].Value) != "one" {
			t.Fatalf("GetMany = %v, %v", rs, err)
		}
		rs[1].Value[0] = '!'
	}
	if n := gets.Load(); n != 2 {
		t.Errorf("%d reads reached the node, want 2", n)
	}
	for name, write := range map[string]func() error{
		"Set":      func() error { return c.Set(ctx, "k", []byte("two")) },
		"SetMany":  func() error { return c.SetMany(ctx, []client.Item{{Key: "k", Value: []byte("two")}}) },
		"Replace":  func() error { _, err := c.Replace(ctx, "k", []byte("two")); return err },
		"CAS":      func() error { _, err := c.CompareAndSwap(ctx, "k", []byte("one"), []byte("two")); return err },
		"Pipeline": func() error { p := c.Pipeline(); p.Set("k", []byte("two")); return p.Exec(ctx) },
		"Do":       func() error { _, err := c.Do(ctx, "SET", "k", "two"); return err },
		"Set elsewhere, then Clear": func() error {
			if _, err := c.DoNode(ctx, c.Nodes()[0].ID, "SET", "k", "two"); err != nil {
				return err
			}
			near.Clear()
			return nil
		},
	} {
		if err := c.Set(ctx, "k", []byte("one")); err != nil {
			t.Fatal(err)
		}
		want(t, c, "k", "one")
		if err := write(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		want(t, c, "k", "two")
	}
	if err := c.FlushAll(ctx); err != nil {
		t.Fatal(err)
	}
	want(t, c, "k", "")
	if ok, err := c.Add(ctx, "none", []byte("new")); !ok || err != nil {
		t.Errorf("Add = %v, %v", ok, err)
	}
	want(t, c, "none", "new")
}

func TestCopiesEnd(t *testing.T) {
	c, _, n, gets := setup(t, nearcache.Options{TTL: 150 * time.Millisecond, NegativeTTL: -1})
	ctx := testkit.Within(t, testkit.Patience)
	if err := c.Set(ctx, "k", []byte("one")); err != nil {
		t.Fatal(err)
	}
	want(t, c, "k", "one")
	other, err := client.New(client.WithServers(n.Direct)) // another process
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close() //nolint:errcheck // always nil
	if err := other.Set(ctx, "k", []byte("two")); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		v, err := c.Get(ctx, "k")
		if err != nil {
			t.Fatal(err)
		}
		if string(v) == "two" {
			break
		}
		if time.Since(start) > 10*time.Second {
			t.Fatal("an old copy stays")
		}
	}
	before := gets.Load()
	want(t, c, "none", "")
	want(t, c, "none", "")
	if n := gets.Load() - before; n != 2 {
		t.Errorf("with misses not kept, %d of 2 reads reached the node", n)
	}
}

// Of many concurrent readers of a key, one asks the node.
func TestOneAsksForAll(t *testing.T) {
	c, _, n, _ := setup(t, nearcache.Options{})
	ctx := testkit.Within(t, testkit.Patience)
	if err := c.Set(ctx, "k", []byte("v")); err != nil {
		t.Fatal(err)
	}
	var gets atomic.Int64
	n.OnRequest(func(args []string) servertest.Fault {
		if args[0] != "GET" {
			return servertest.Fault{}
		}
		gets.Add(1)
		return servertest.Fault{Delay: 100 * time.Millisecond}
	})
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() { want(t, c, "k", "v") })
	}
	wg.Wait()
	if n := gets.Load(); n > 2 { // a second flight may begin as the first ends
		t.Errorf("%d reads reached the node", n)
	}
}

// A process never reads a value from its near cache that it has replaced itself.
func TestOwnWritesAreSeen(t *testing.T) {
	c, _, _, _ := setup(t, nearcache.Options{TTL: time.Hour})
	ctx := testkit.Within(t, testkit.Patience)
	var wg sync.WaitGroup
	for w := range 4 {
		key := fmt.Sprint("key", w)
		var done atomic.Bool
		for range 2 {
			wg.Go(func() { // fill the near cache with what is about to change
				for !done.Load() {
					_, _ = c.Get(ctx, key)
				}
			})
		}
		wg.Go(func() {
			defer done.Store(true)
			for i := range 60 {
				v := fmt.Sprint(i)
				if err := c.Set(ctx, key, []byte(v)); err != nil {
					t.Error(err)
					return
				}
				if got, err := c.Get(ctx, key); err != nil || string(got) != v {
					t.Errorf("wrote %s and read %s, %v", v, got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestMemoryIsBounded(t *testing.T) {
	near, err := nearcache.New(nearcache.Options{MaxBytes: 1 << 20, TTL: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	value := make([]byte, 1000)
	for i := range 20_000 {
		key := fmt.Sprint(i)
		near.Put(key, value, true, client.NoExpiry, near.Version(key))
	}
	for end := time.Now().Add(10 * time.Second); near.Len() > 1000; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d entries of a thousand bytes in a megabyte", near.Len())
		}
	}
	if near.Len() < 500 {
		t.Errorf("only %d entries", near.Len())
	}
	if _, err := nearcache.New(nearcache.Options{TTL: -1}); err == nil || !strings.Contains(err.Error(), "TTL") {
		t.Errorf("a negative TTL: %v", err)
	}
}

func BenchmarkGet(b *testing.B) {
	near, err := nearcache.New(nearcache.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer near.Close()
	near.Put("k", make([]byte, 64), true, client.NoExpiry, near.Version("k"))
	for b.Loop() {
		if _, _, known := near.Get("k"); !known {
			near.Put("k", make([]byte, 64), true, client.NoExpiry, near.Version("k"))
		}
	}
}
