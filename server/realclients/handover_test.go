package realclients

import (
	"context"
	"errors"
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/servertest"
	"github.com/redis/go-redis/v9"
)

// TestClusterPromote has all clients in Go work with a cluster that has no etcd.
func TestClusterPromote(t *testing.T) {
	groups := servertest.StartGroups(t, 2, 3)
	seed := groups[0][0]
	promoteUnder(t, groups, clusterClients(t, seed.File, seed.Address))
}

// promoteUnder changes the primaries of groups while all clients, the first of which is ours, work. None may see an error, and
// every key is found afterwards.
func promoteUnder(t *testing.T, groups [][]*servertest.Node, clients []clusterClient) {
	t.Helper()
	ctx := testkit.Within(t, crowdPatience)
	c := gather(ctx, t, clients, 1000)
	inStep(ctx, t, groups)
	c.work(ctx)
	for _, to := range []*servertest.Node{groups[0][1], groups[1][2], groups[0][0]} {
		c.progress(t, false)
		promote(t, to.Address)
	}
	c.progress(t, false)
	c.end(t)
	inStep(ctx, t, groups)
	if lost := c.missing(ctx, t); len(lost) > 0 {
		t.Errorf("%d keys are lost", len(lost))
	}
}

// promote makes the node at address the primary of its group. On a busy machine a member may not be in step for a while.
func promote(t *testing.T, address string) {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: address, MaxRetries: -1, ReadTimeout: patience})
	defer c.Close() //nolint:errcheck // of no use any more
	testkit.EventuallyNil(t, address+" leads", func() error { return c.Do(background(t), "PROMOTE").Err() })
}

// inStep waits until the secondaries of each group have every key of the primary.
func inStep(ctx context.Context, t *testing.T, groups [][]*servertest.Node) {
	t.Helper()
	for _, g := range groups {
		sizes := make([]*redis.Client, len(g))
		for i, n := range g {
			sizes[i] = redis.NewClient(&redis.Options{Addr: n.Address})
			defer sizes[i].Close() //nolint:errcheck // of no use any more
		}
		testkit.Eventually(t, "all members have the same number of keys", func() bool {
			want, err := sizes[0].DBSize(ctx).Result()
			for _, c := range sizes[1:] {
				n, failed := c.DBSize(ctx).Result()
				err = errors.Join(err, failed)
				if n != want {
					return false
				}
			}
			return err == nil
		})
	}
}
