package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// TestKeptRollingRestart restarts three nodes that are alone in their groups, one after the other, while a client reads and
// stores what it misses. It finds nearly everything, as long as memory is kept; without, the entries of each node are gone.
func TestKeptRollingRestart(t *testing.T) {
	const keys = 5000
	folder := t.TempDir()
	ratios := map[string]float64{}
	for _, keep := range []string{"off", keptFolder(t)} {
		var servers []nodeprocess.Member
		for i := range 3 {
			servers = append(servers, nodeprocess.Member{ID: fmt.Sprint("s", i), Address: freeAddress(t), Role: "primary"})
		}
		file := filepath.Join(folder, "cacheGopherConfig.json")
		if err := nodeprocess.WriteConfig(file, servers, map[string]any{"common": map[string]any{"max_memory": "200MB", "keep_memory": keep}}); err != nil {
			t.Fatal(err)
		}
		nodes := make([]*daemon, 3)
		start := func(i int) {
			nodes[i] = launch(t, folder, binary, "--config", file, "--server-id", servers[i].ID)
			nodes[i].serving()
		}
		for i := range nodes {
			start(i)
		}
		c, err := client.New(client.WithConfigFile(file))
		if err != nil {
			t.Fatal(err)
		}
		for i := range keys {
			if err := c.Set(t.Context(), fmt.Sprint("key:", i), []byte(strings.Repeat("v", 64))); err != nil {
				t.Fatal(err)
			}
		}
		var hits, misses, failures atomic.Int64
		var all sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		for range 4 {
			all.Go(func() {
				for ctx.Err() == nil {
					key := fmt.Sprint("key:", rand.IntN(keys))
					_, err := c.Get(ctx, key)
					switch {
					case err == nil:
						hits.Add(1)
					case errors.Is(err, client.ErrNotFound):
						misses.Add(1)
						c.Set(ctx, key, []byte("read again")) //nolint:errcheck // it misses again
					case ctx.Err() == nil:
						failures.Add(1)
					}
				}
			})
		}
		time.Sleep(time.Second)
		for i := range nodes {
			nodes[i].stopped()
			start(i)
			time.Sleep(time.Second)
		}
		stop()
		all.Wait()
		c.Close()
		for _, n := range nodes {
			n.Kill()
		}
		ratios[keep] = float64(hits.Load()) / float64(hits.Load()+misses.Load())
		t.Logf("keep_memory %s: %d hits, %d misses, %d requests failed: hit ratio %.3f%%", keep, hits.Load(), misses.Load(), failures.Load(), 100*ratios[keep])
		if kept := keep != "off"; kept && misses.Load() > 0 || !kept && misses.Load() == 0 {
			t.Errorf("keep_memory %s: %d misses", keep, misses.Load())
		}
	}
}
