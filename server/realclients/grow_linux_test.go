package realclients

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/cluster"
	"github.com/cachegopher/cachegopher/internal/etcdtest"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// failoverAfter is longer than a busy machine keeps a primary silent. A process that has ended is replaced at once.
const failoverAfter = 10 * time.Second

var keysEach = flag.Int("keys", 5000, "`keys` that each client of TestClusterGrows has written when it begins; make realclients has 100000")

// TestClusterGrows has all clients work with two groups of three processes and an etcd while primaries hand over and a third
// group takes its share of the slots: no request may fail. Then a primary is killed, which is the only node whose address the
// clients were given. All find every key at the end, but for what the killed process says is lost.
func TestClusterGrows(t *testing.T) {
	if testkit.Race {
		t.Skip("SKIPPED: the race detector does not see other programs; it runs without")
	}
	c := startCluster(t)
	found(t, c)
	step := stopwatch(t)
	joined := make(chan error, 1)
	go func() { // it waits for a while, whether others know the group
		_, err := c.Join(t.Context())
		joined <- err
	}()
	seed := c.Groups[1].Nodes[2]
	clients := slices.Concat(clusterClients(t, seed.Config, seed.Address), languageClients(t, seed.Address))
	step("clients have started")
	if err := <-joined; err != nil {
		t.Fatal(err)
	}
	step("a group has joined")
	ctx := testkit.Within(t, crowdPatience+time.Duration(*keysEach)*5*time.Millisecond)
	users := gather(ctx, t, clients, *keysEach)
	inStepAgain(ctx, t, c)
	step("keys are written")
	users.work(ctx)
	for _, to := range []*nodeprocess.Node{c.Groups[0].Nodes[1], seed} {
		users.progress(t, false)
		promote(t, to.Address)
	}
	users.progress(t, false)
	step("primaries have handed over")
	rebalance(ctx, t, c)
	users.progress(t, false)
	step("slots have moved")

	before := c.Counted()
	users.forgiven.Store(true)
	seed.Kill()
	users.progress(t, true)
	step("clients have gone on after a primary's death")
	if err := c.Groups[1].Run(2); err != nil {
		t.Fatal(err)
	}
	inStepAgain(ctx, t, c)
	users.progress(t, false)
	users.end(t)
	inStepAgain(ctx, t, c)
	step("the killed process has been started again")
	lost, said := users.missing(ctx, t), c.Counted().Since(before)
	if t.Logf("%d keys are lost; the killed primary says %d", len(lost), said); len(lost) > said {
		t.Error("too many keys are lost")
	}
	step("keys are found")
}

// startCluster starts two groups of three nodes.
func startCluster(t *testing.T) *cluster.Cluster {
	t.Helper()
	c, err := cluster.Start(t.Context(), cluster.Options{Etcd: etcdtest.Program(t), After: failoverAfter, Recover: true, Common: map[string]any{"max_memory": "128MB"}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.Said())
		}
		c.Close()
	})
	return c
}

func inStepAgain(ctx context.Context, t *testing.T, c *cluster.Cluster) {
	t.Helper()
	if err := c.InStep(ctx); err != nil {
		t.Fatal(err)
	}
}

// found writes a key and waits until it is recorded who owns the slots, so that a group that joins owns none at first.
func found(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	ctx := testkit.Within(t, crowdPatience)
	inStepAgain(ctx, t, c)
	for _, g := range c.Groups { // one of them owns the slot
		for _, n := range g.Nodes {
			n.Ask("SET", "founding", "1") //nolint:errcheck // the others redirect or refuse
		}
	}
	if err := nodeprocess.Await(ctx, crowdPatience, 10*time.Millisecond, func() error {
		if p, err := progressOf(c.Groups[0].Nodes[0]); err != nil || p.Version == 0 {
			return cmp.Or(err, errors.New("no owners of slots are recorded"))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// progressOf returns what a node says of the moves.
func progressOf(n *nodeprocess.Node) (p topology.Progress, err error) {
	text, err := n.Ask("REBALANCE", "STATUS")
	if err == nil {
		err = json.Unmarshal([]byte(text), &p)
	}
	return p, err
}

// rebalance has the groups own slots by their weights, and returns when the last one has some.
func rebalance(ctx context.Context, t *testing.T, c *cluster.Cluster) {
	t.Helper()
	node := c.Groups[0].Nodes[0]
	if _, err := node.Ask("REBALANCE"); err != nil {
		t.Fatal(err)
	}
	owns(ctx, t, node, len(c.Groups)-1, func(slots int) bool { return slots > 0 })
}

// owns waits until no moves are under way and a group has as many slots as it should.
func owns(ctx context.Context, t *testing.T, node *nodeprocess.Node, group int, enough func(slots int) bool) {
	t.Helper()
	err := nodeprocess.Await(ctx, crowdPatience, 10*time.Millisecond, func() error {
		p, err := progressOf(node)
		if err != nil {
			return err
		}
		if owned := p.Groups[group].Slots; len(p.Moves) > 0 || !enough(owned) {
			return fmt.Errorf("%d moves are under way, and group %d owns %d slots", len(p.Moves), group+1, owned)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// stopwatch returns a function that logs how long a step of the test has taken.
func stopwatch(t *testing.T) func(what string) {
	began := time.Now()
	return func(what string) {
		t.Logf("%s after %v", what, time.Since(began).Round(time.Millisecond))
		began = time.Now()
	}
}
