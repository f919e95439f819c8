package nearcache_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/cluster"
	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/nearcache"
	"github.com/cachegopher/cachegopher/internal/etcdtest"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// TestSlotsMove: when the client has learned that a group has given its slots away, no copy of their entries and no miss is left,
// and those of other slots are. What another client then writes at the new owner is read, though copies would last for an hour.
func TestSlotsMove(t *testing.T) {
	cl := twoGroups(t)
	near, err := nearcache.New(nearcache.Options{TTL: time.Hour, NegativeTTL: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	start := func(options ...client.Option) *client.Client {
		c, err := client.New(append(options, client.WithConfigFile(cl.Groups[0].Nodes[0].Config), client.WithReadTimeout(testkit.Patience))...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() }) //nolint:errcheck // always nil
		return c
	}
	c, other := start(client.WithNearCache(near)), start()
	ctx := testkit.Within(t, 4*testkit.Patience)
	node := cl.Groups[0].Nodes[0]
	if err := other.Set(ctx, "founding", nil); err != nil { // before there are entries, no owners are recorded
		t.Fatal(err)
	}
	testkit.EventuallyNil(t, "the owners of slots are recorded, as they are", func() error {
		_, err := node.Ask("REBALANCE")
		return err
	})

	keys := map[string][]string{} // by the group that owns them at first
	for i := range 200 {
		key := fmt.Sprint("k", i)
		_, g := c.Locate(key)
		keys[g.ID] = append(keys[g.ID], key)
		if i%2 > 0 {
			continue // it is missing
		}
		if err := other.Set(ctx, key, []byte("old")); err != nil {
			t.Fatal(err)
		}
	}
	for _, of := range keys {
		if _, err := c.GetMany(ctx, of); err != nil {
			t.Fatal(err)
		}
	}
	if n := near.Len(); n != 200 {
		t.Fatalf("%d entries and misses are kept, want 200", n)
	}
	if _, err := node.Ask("REBALANCE", "WITHOUT", "b"); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "nothing of moved slots is kept", func() bool { return near.Len() <= len(keys["a"]) })
	for _, key := range keys["a"] {
		if _, _, known := near.Get(key); !known {
			t.Errorf("%s is forgotten, whose slot has stayed", key)
		}
	}
	for _, key := range keys["b"] {
		if err := other.Set(ctx, key, []byte("new")); err != nil {
			t.Fatal(err)
		}
		want(t, c, key, "new")
	}
}

func twoGroups(t *testing.T) *cluster.Cluster {
	t.Helper()
	cl, err := cluster.Start(t.Context(), cluster.Options{Etcd: etcdtest.Program(t), After: testkit.Patience, Common: map[string]any{"max_memory": "64MB"}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(cl.Said())
		}
		cl.Close()
	})
	return cl
}
