package realclients

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/servertest"
	"github.com/redis/go-redis/v9"
)

// promoteUnder changes the primaries of groups while all clients, the first of which is ours, write and read. None may
// see an error, and every key is found afterwards.
func promoteUnder(t *testing.T, groups [][]*servertest.Node, all []clusterClient) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), clusterPatience)
	defer cancel()
	var ended atomic.Bool
	done := make(chan error, len(all))
	written := make([]atomic.Int64, len(all))
	for i, c := range all {
		go func() {
			var err error
			for n := 0; err == nil && !ended.Load(); n++ {
				key := []string{fmt.Sprintf("p%d:%d", i, n%1000)}
				if err = c.set(ctx, key); err == nil {
					_, err = c.get(ctx, key)
				}
				written[i].Store(int64(n + 1))
				time.Sleep(time.Millisecond)
			}
			if err != nil {
				err = fmt.Errorf("%s: %w", c.name, err)
			}
			done <- err
		}()
	}
	progress := func() {
		t.Helper()
		for i, c := range all {
			from := written[i].Load()
			for written[i].Load() <= from+5 && len(done) == 0 {
				if ctx.Err() != nil {
					t.Fatalf("%s does not go on", c.name)
				}
				time.Sleep(time.Millisecond)
			}
		}
	}
	for _, to := range []*servertest.Node{groups[0][1], groups[1][2], groups[0][0]} {
		progress()
		promote(t, to)
	}
	progress()
	ended.Store(true)
	for range all {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	inStep(ctx, t, groups)
	for i, c := range all {
		var keys []string
		for n := range min(written[i].Load(), 1000) {
			keys = append(keys, fmt.Sprintf("p%d:%d", i, n))
		}
		all[0].check(ctx, t, keys, c.name)
		c.check(ctx, t, keys, c.name)
		t.Logf("%s: %d keys", c.name, written[i].Load())
	}
}

// promote makes n the primary of its group. On a busy machine a member may not be in step for a while.
func promote(t *testing.T, n *servertest.Node) {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: n.Address, MaxRetries: -1, ReadTimeout: patience})
	defer c.Close() //nolint:errcheck // of no use any more
	testkit.EventuallyNil(t, n.Address+" leads", func() error { return c.Do(background(t), "PROMOTE").Err() })
}
