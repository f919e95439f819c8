package sut_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/redistest"
	"github.com/cachegopher/cachegopher/ring"
)

// startCluster starts two primaries that own every other slot each.
func startCluster(t *testing.T) (nodes []*redistest.ClusterNode, ask func(node int, args ...string) string) {
	slots := make([][]int, 2)
	for slot := range ring.Slots {
		slots[slot%2] = append(slots[slot%2], slot)
	}
	nodes = redistest.StartCluster(t, slots, 0)
	return nodes, func(node int, args ...string) string {
		c, err := nodeprocess.Dial(t.Context(), address(nodes[node]))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() //nolint:errcheck // only queried
		r, err := c.Do(30*time.Second, args...)
		if err != nil {
			t.Fatal(args, err)
		}
		return r.Text
	}
}

func address(n *redistest.ClusterNode) string { return fmt.Sprintf("%s:%d", n.Host, n.Port) }

func TestCluster(t *testing.T) {
	nodes, ask := startCluster(t)
	t.Run("every kind of request", func(t *testing.T) { everyKind(t, nodes, ask) })
	for i := range nodes {
		ask(i, "FLUSHALL")
	}
	t.Run("redirects", func(t *testing.T) { redirects(t, nodes, ask) })
}

func everyKind(t *testing.T, nodes []*redistest.ClusterNode, ask func(node int, args ...string) string) {
	ctx := context.Background()
	tg, err := sut.Builtin().Open(ctx, "cluster://"+address(nodes[1]), sut.Options{Timeout: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer tg.Close() //nolint:errcheck // a test's connections
	spec := workload.Spec{Keys: 500, Value: "10-2000", Mix: "get=50,set=30,delete=2,mget=10,incr=3,ttl=5"}
	r, err := load.Measure(ctx, spec, 1, tg, load.Plan{Conns: 4, Depth: 2, Threads: 1, Count: 3000, Duration: time.Minute, Timeout: 30 * time.Second, Hits: load.HitsIfFilled})
	if err != nil || r.Hits == 0 || r.Requests != 3000 {
		t.Fatalf("%v, %+v", err, r)
	}
	h, err := tg.Holds(ctx)
	both := ask(0, "DBSIZE") + " and " + ask(1, "DBSIZE")
	if err != nil || h.Entries < 400 || strings.Contains(both, "0 and") && strings.HasPrefix(both, "0") || strings.HasSuffix(both, " 0") {
		t.Errorf("it holds %+v, %v; its nodes %s", h, err, both)
	}
}

// redirects moves a slot while the target knows its former owner.
func redirects(t *testing.T, nodes []*redistest.ClusterNode, ask func(node int, args ...string) string) {
	ctx := context.Background()
	tg, err := sut.Builtin().Open(ctx, "cluster://"+address(nodes[0]), sut.Options{Timeout: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer tg.Close() //nolint:errcheck // a test's connections
	key := "a"
	for ring.Slot(key)%2 != 0 {
		key += "a"
	}
	slot := fmt.Sprint(ring.Slot(key))
	ask(1, "CLUSTER", "SETSLOT", slot, "IMPORTING", nodes[0].ID)
	ask(0, "CLUSTER", "SETSLOT", slot, "MIGRATING", nodes[1].ID)
	if err := tg.Caller.Set(ctx, key, []byte("value"), 0); err != nil { // by ASK
		t.Fatal(err)
	}
	if got := ask(1, "DBSIZE"); got != "1" {
		t.Errorf("the new owner has %s keys", got)
	}
	for _, node := range []int{1, 0} {
		ask(node, "CLUSTER", "SETSLOT", slot, "NODE", nodes[1].ID)
	}
	if v, ok, err := tg.Caller.Get(ctx, key, nil); err != nil || !ok || string(v) != "value" { // by MOVED
		t.Errorf("%q, %v, %v", v, ok, err)
	}
	if err := tg.Caller.Set(ctx, key, []byte("list"), 0); err != nil {
		t.Error(err)
	}
	if _, err := tg.Caller.Incr(ctx, key); err == nil || !strings.Contains(err.Error(), "not an integer") {
		t.Errorf("an error reply is %v", err)
	}
}

func TestClusterThatIsNone(t *testing.T) {
	for rest, want := range map[string]string{"127.0.0.1:1": "connection refused", "": "target cluster://"} {
		if _, err := sut.Builtin().Open(context.Background(), "cluster://"+rest, sut.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", rest, err)
		}
	}
}
