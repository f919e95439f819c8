//go:build linux && !race && !lruheap && !lruguard

package lru

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/internal/region"
)

// mapped are numbers of bytes of the process.
type mapped struct{ resident, large int64 }

// mappedNow reads them from the kernel.
func mappedNow(t *testing.T) (m mapped) {
	t.Helper()
	b, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	for line := range bytes.Lines(b) {
		var name string
		var kb int64
		if n, _ := fmt.Sscan(string(line), &name, &kb); n < 2 {
			continue
		}
		switch name {
		case "Rss:":
			m.resident = kb << 10
		case "AnonHugePages:", "ShmemPmdMapped:":
			m.large += kb << 10
		}
	}
	return m
}

// enlargeAll puts all memory that is full into large pages, where the system has some, and returns how often it tried.
func enlargeAll(t *testing.T, c Shards) (times int) {
	t.Helper()
	var at pieceCursor
	for {
		more, err := c.enlargeNext(&at)
		if err != nil {
			t.Skipf("SKIPPED: %v", err)
		}
		if !more {
			return times
		}
		times++
	}
}

// TestLargePages fills a cache, puts its memory into large pages, and asks that nothing else changes: not what is stored, and not
// how much memory is resident, then or after entries have left or all are gone.
func TestLargePages(t *testing.T) {
	if !region.SmallByDefault() {
		t.Skip("SKIPPED: the system makes large pages by itself")
	}
	for what, shared := range map[string]func(int64) (*os.File, error){"private": nil, "in a file": memfd} {
		t.Run(what, func(t *testing.T) {
			before := mappedNow(t)
			c := newTestCache(t, Options{MaxMemory: 64 << 20, Shards: 16, Shared: shared, LargePages: true, NoBackground: true})
			const n = 110_000
			for i := range n {
				if err := c.Set(benchKey(nil, uint64(i)), fmt.Appendf(nil, "%-400d", i), 0); err != nil {
					t.Fatal(err)
				}
			}
			full := mappedNow(t)
			times := enlargeAll(t, c)
			for start := time.Now(); enlargeAll(t, c) > 0; { // what the system could not do at once
				if time.Since(start) > 30*time.Second {
					t.Skip("SKIPPED: the system has not enough large pages")
				}
			}
			large := mappedNow(t)
			used := c.Stats().UsedBytes
			t.Logf("%d bytes used, %d pieces; %+v, %+v, %+v", used, times, before, full, large)
			if got := large.large - before.large; got < used/2 || got > used {
				t.Errorf("%d bytes are in large pages, %d are used", got, used)
			}
			// Page 0 of each shard became resident.
			if grown := large.resident - full.resident; grown > 16<<c.table.Load().geo.pageShift+1<<20 {
				t.Errorf("%d bytes became resident", grown)
			}
			for i := range n {
				if v, ok := c.Get(nil, benchKey(nil, uint64(i))); !ok || string(v) != fmt.Sprintf("%-400d", i) {
					t.Fatalf("entry %d: %q, %v", i, v, ok)
				}
			}
			mustCheck(t, c)
			shrinkLarge(t, c, large)
		})
	}
}

// shrinkLarge takes half of the entries away, then all, and asks that as much memory is given back as is counted.
func shrinkLarge(t *testing.T, c Shards, large mapped) {
	for _, to := range []int64{c.Stats().UsedBytes / 2, 0} {
		used := c.Stats().UsedBytes
		if to > 0 {
			if err := c.SetLimits(0, to); err != nil {
				t.Fatal(err)
			}
		} else {
			c.Flush()
		}
		st := settle(t, c)
		enlargeAll(t, c)
		freed, now := used-st.UsedBytes, mappedNow(t)
		for start := time.Now(); large.resident-now.resident < freed*9/10-1<<20; now = mappedNow(t) {
			if time.Since(start) > 30*time.Second {
				t.Errorf("%d bytes less are used, but %d are resident, before %d", freed, now.resident, large.resident)
				break
			}
			runtime.GC() // gives up an old table
			time.Sleep(10 * time.Millisecond)
		}
		t.Logf("%d bytes used: %+v", st.UsedBytes, now)
		large = now
	}
}

// TestLargePagesMeanwhile puts memory into large pages while others store, remove, flush and give memory back, and asks that
// everything is still there that is stored last.
func TestLargePagesMeanwhile(t *testing.T) {
	if !region.SmallByDefault() {
		t.Skip("SKIPPED: the system makes large pages by itself")
	}
	for what, shared := range map[string]func(int64) (*os.File, error){"private": nil, "in a file": memfd} {
		t.Run(what, func(t *testing.T) {
			c := newTestCache(t, Options{MaxMemory: 32 << 20, Shards: 4, Shared: shared, LargePages: true, NoBackground: true})
			stop, done := make(chan struct{}), make(chan int)
			go func() {
				times := 0
				var at pieceCursor
				for {
					select {
					case <-stop:
						done <- times
						return
					default:
					}
					if more, err := c.enlargeNext(&at); err == nil && more {
						times++
					}
				}
			}()
			r := rand.New(rand.NewPCG(1, 2))
			for round := range 3 {
				for i := range 80_000 {
					if err := c.Set(benchKey(nil, uint64(i)), noise[:1+r.IntN(300)], 0); err != nil {
						t.Fatal(err)
					}
				}
				if round == 1 {
					c.Flush()
				}
				if err := c.SetLimits(0, int64(32-round%2*16)<<20); err != nil {
					t.Fatal(err)
				}
				settle(t, c)
			}
			close(stop)
			t.Logf("%d times", <-done)
			before := mappedNow(t)
			c.Flush()
			settle(t, c)
			if after := mappedNow(t); before.resident-after.resident < 8<<20 {
				t.Errorf("a flush frees only %d bytes", before.resident-after.resident)
			}
		})
	}
}

// TestLargePagesTooLate gives memory back between the choice of pieces and their enlargement, which makes it resident again, and asks
// that it does not stay.
func TestLargePagesTooLate(t *testing.T) {
	if !region.SmallByDefault() {
		t.Skip("SKIPPED: the system makes large pages by itself")
	}
	c := newTestCache(t, Options{MaxMemory: 64 << 20, Shards: 16, Shared: memfd, LargePages: true, NoBackground: true})
	for i := range 110_000 {
		if err := c.Set(benchKey(nil, uint64(i)), noise[:400], 0); err != nil {
			t.Fatal(err)
		}
	}
	shards := c.table.Load().shards
	pieces := make([]memory.Piece, len(shards))
	for i := range shards {
		p, ok := shards[i].mem.SmallPiece(0)
		if !ok {
			t.Fatalf("shard %d has no piece", i)
		}
		pieces[i] = p
	}
	if err := c.SetLimits(0, c.Stats().UsedBytes/2); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	before, done := mappedNow(t), 0
	for i := range shards {
		ok, err := pieces[i].Enlarge()
		if err != nil {
			t.Skipf("SKIPPED: %v", err)
		}
		if ok {
			done++
			shards[i].mem.Enlarged(pieces[i])
		}
	}
	settle(t, c)
	if grown := mappedNow(t).resident - before.resident; grown > int64(done)<<18 {
		t.Errorf("%d pieces, and %d bytes became resident", done, grown)
	}
}
