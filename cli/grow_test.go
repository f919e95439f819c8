package cli

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/ring"
)

// grownKeys are the keys that exist while the cluster grows and shrinks.
const grownKeys = 2000

// joinTo starts a node that joins the cluster of g as a group called c, which is in no config.
func joinTo(t *testing.T, g *nodeprocess.Group) *nodeprocess.Node {
	t.Helper()
	joined, err := nodeprocess.New(nodeprocess.Options{Program: g.Program, Sections: g.Sections})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(joined.Close)
	n := joined.Nodes[0]
	n.ID = "c1"
	joined.Args = func(int) ([]string, error) {
		return []string{"--config", g.Nodes[0].Config, "--join", "--new-group", "--server-id", n.ID, "--group", "c", "--address", n.Address}, nil
	}
	if err := joined.Run(0); err != nil {
		t.Fatal(err)
	}
	return n
}

// use reads the keys and writes some others until ctx is done. It returns what was wrong.
func use(ctx context.Context, path string, rounds *atomic.Int64) error {
	c, err := client.New(client.WithConfigFile(path), client.WithReads(client.ReadPrimary))
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // it returns none
	for n := 0; ctx.Err() == nil; n++ {
		limit, cancel := context.WithTimeout(context.Background(), patience)
		key, own := fmt.Sprint("key", n%grownKeys), fmt.Sprint("own", n%100)
		got, err := c.Get(limit, key)
		if err != nil || string(got) != "value" {
			err = fmt.Errorf("%s is %q: %w", key, got, err)
		}
		if err == nil {
			err = c.Set(limit, own, []byte(fmt.Sprint(n)))
		}
		if err == nil {
			if got, err = c.Get(limit, own); err != nil || string(got) != fmt.Sprint(n) {
				err = fmt.Errorf("%s is %q after %d was set: %w", own, got, n, err)
			}
		}
		cancel()
		if err != nil {
			return fmt.Errorf("round %d: %w", n, err)
		}
		rounds.Add(1)
	}
	return nil
}

// TestAddAndRemoveAGroup follows the runbooks in docs/operations.md with a group that joins, while a client reads and writes.
func TestAddAndRemoveAGroup(t *testing.T) {
	if raced {
		t.Skip("SKIPPED: starting programs with the race detector in them takes long; it runs without")
	}
	g := coordinated(t)
	p := newPlace(t, "--config", g.Nodes[0].Config, "--timeout", patience.String())
	p.fails(ExitUsage, "the cluster has no entries yet", "REBALANCE", "--dry-run")
	var fill strings.Builder
	for i := range grownKeys {
		fmt.Fprintf(&fill, "SET key%d value\n", i)
	}
	if got := p.input(fill.String()); got.status != ExitDone {
		t.Fatal(got.errs)
	}
	testkit.Eventually(t, "the owners of slots are stored", func() bool {
		return strings.HasSuffix(p.input("", "REBALANCE", "--dry-run").out, "every group has its share: nothing moves\n")
	})
	c1 := joinTo(t, g)
	slots := func(want ...int64) {
		t.Helper()
		testkit.Eventually(t, fmt.Sprint("the groups have ", want, " slots"), func() bool {
			all := map[string]int64{}
			for _, row := range decode[[]nodeRow](t, p.input("", "--json", "STATUS").out) {
				if row.Slots != nil {
					all[row.Group] = *row.Slots
				}
			}
			return len(all) == 2 && all["n0"] == want[0] && all["c"] == want[1]
		})
	}
	slots(ring.Slots, 0)
	ctx, stop := context.WithCancel(t.Context())
	var rounds atomic.Int64
	used := make(chan error, 1)
	go func() { used <- use(ctx, g.Nodes[0].Config, &rounds) }()
	testkit.Eventually(t, "the client works", func() bool { return rounds.Load() > 10 || len(used) > 0 })
	if len(used) > 0 {
		t.Fatal(<-used)
	}
	moved := func(args ...string) {
		t.Helper()
		if got := p.input("", append([]string{"REBALANCE", "--yes"}, args...)...); got.status != ExitDone || !strings.HasSuffix(got.out, " moved\n") {
			t.Fatalf("it ends with %d and writes\n%s%s%s", got.status, got.out, got.errs, g.Said())
		}
	}
	moved()
	slots(ring.Slots/2, ring.Slots/2)
	half := p.input("", "--server-id", "n0", "DBSIZE").out
	moved("--without", "c")
	slots(ring.Slots, 0)
	before := rounds.Load()
	testkit.Eventually(t, "the client reads on", func() bool { return rounds.Load() > before+grownKeys/4 || len(used) > 0 })
	stop()
	if err := <-used; err != nil {
		t.Errorf("the client, after %d rounds: %v", rounds.Load(), err)
	}
	if err := c1.Process.End(os.Interrupt, patience); err != nil {
		t.Error(err)
	}
	for range 10 { // each is a process that may learn of the stopped group, or not in time
		if got := p.input("", "DBSIZE"); got.status != ExitDone || got.out != fmt.Sprintln(grownKeys+100) {
			t.Errorf("the entries, once the group is stopped: %d, %q, %q", got.status, got.out, got.errs)
		}
	}
	if half == fmt.Sprintln(grownKeys+100) {
		t.Error("the group has given nothing away")
	}
}
