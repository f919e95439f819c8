package client_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/lru/view"
)

// TestLocalReadsKeepEntries compares the hit ratio of reads from memory with that of reads that the node executes, by Zipf's
// law: the node evicts what was not used, though it sees none of the former. LOCAL_ENTRIES and LOCAL_READS give other numbers.
func TestLocalReadsKeepEntries(t *testing.T) {
	if !view.Supported {
		t.Skip("SKIPPED: this build cannot read another process's memory")
	}
	entries, reads := number(t, "LOCAL_ENTRIES", 5000), number(t, "LOCAL_READS", 100_000)
	asked, local := hitRatio(t, entries, reads), hitRatio(t, entries, reads, client.WithLocalReads())
	t.Logf("%d entries of %d keys, %d reads: the node finds %.2f%%, memory %.2f%%", entries, 10*entries, reads, asked, local)
	if local < asked-2 {
		t.Errorf("%.2f%% found in memory, %.2f%% by the node", local, asked)
	}
}

func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	if s := os.Getenv(name); s != "" {
		n, err := strconv.Atoi(s)
		must(t, err)
		return n
	}
	return otherwise
}

// hitRatio is how many of the reads find an entry, in percent, of a node with room for this many. What is missed is stored.
func hitRatio(t *testing.T, entries, reads int, opts ...client.Option) float64 {
	t.Helper()
	g, err := nodeprocess.New(nodeprocess.Options{Sections: map[string]any{"common": map[string]any{"max_size": entries, "local_reads": true}}})
	must(t, err)
	defer g.Close()
	must(t, g.WriteConfigs())
	must(t, g.Run(0))
	c := clientOf(t, append(opts, client.WithConfigFile(g.Nodes[0].Config))...)
	retry(t, func() error { return c.Ping(ctx) })
	if len(opts) > 0 {
		localStatus(t, c, "n0", true)
	}
	const readers = 4
	var hits, counted atomic.Int64
	var wg sync.WaitGroup
	for i := range readers {
		wg.Go(func() {
			zipf := rand.NewZipf(rand.New(rand.NewPCG(1, uint64(i))), 1.01, 1, uint64(10*entries))
			var dst []byte
			for n := range reads / readers {
				key := strconv.FormatUint(zipf.Uint64(), 10)
				v, err := c.GetTo(ctx, key, dst[:0])
				if errors.Is(err, client.ErrNotFound) {
					err = c.Set(ctx, key, []byte("value"))
				} else if err == nil {
					dst = v
					if n >= reads/readers/2 {
						hits.Add(1)
					}
				}
				if err != nil {
					t.Error(err)
					return
				}
				if n >= reads/readers/2 { // the cache is full
					counted.Add(1)
				}
			}
		})
	}
	wg.Wait()
	return 100 * float64(hits.Load()) / float64(counted.Load())
}
