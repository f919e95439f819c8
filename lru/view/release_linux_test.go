//go:build linux && amd64 && !race && !lruheap && !lruguard

package view

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/lru/internal/region"
)

// TestReleaseWhileReading releases views while goroutines read long values from them. The shards' numbers are those of shards
// that were never changed, as zeros are, so that only Current tells what may be used.
func TestReleaseWhileReading(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	const keys = 64
	c := newCache(t, lru.Options{MaxMemory: 16 << 20, Shards: 2, NoBackground: true})
	var want [keys][]byte
	for i := range want {
		want[i] = bytes.Repeat([]byte{byte(i + 1)}, 100+i*900)
		if err := c.Set(fmt.Append(nil, i), want[i], 0); err != nil {
			t.Fatal(err)
		}
	}
	table, err := region.Open(c.SharedFile(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Unmap()
	for i := range table.Shards {
		table.Control(i).Seq = 0
	}
	var whole, dropped atomic.Int64
	for range 200 {
		v := openView(t, c)
		var started, readers sync.WaitGroup
		for i := range 2 {
			started.Add(1)
			at := r.IntN(keys)
			readers.Go(func() {
				var value []byte
				for n := at; ; n = (n + 1 + i) % keys {
					runtime.Gosched() // for the goroutine that releases
					key := fmt.Append(nil, n)
					var ok bool
					value, _, ok = v.Get(value[:0], v.Hash(key), key, 0)
					if n == at {
						started.Done()
						at = -1
					}
					if !v.Current() {
						if ok && !bytes.Equal(value, want[n]) {
							dropped.Add(1)
						}
						return
					}
					if whole.Add(1); !ok || !bytes.Equal(value, want[n]) {
						t.Errorf("key %d: %v, %.10q", n, ok, value)
						return
					}
				}
			})
		}
		started.Wait()
		time.Sleep(time.Duration(r.IntN(50)) * time.Microsecond)
		var releases sync.WaitGroup
		for range 2 {
			releases.Go(v.Release)
		}
		releases.Wait()
		if v.Current() {
			t.Fatal("a released view is current")
		}
		readers.Wait()
	}
	t.Logf("%d values read, %d dropped that were torn", whole.Load(), dropped.Load())
}

// TestReleaseFrees asks that a released view maps no part of the file, though it is not garbage.
func TestReleaseFrees(t *testing.T) {
	c := newCache(t, lru.Options{MaxMemory: 4 << 20})
	var info unix.Stat_t
	if err := unix.Fstat(int(c.SharedFile().Fd()), &info); err != nil {
		t.Fatal(err)
	}
	mappings := func() int {
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(maps), fmt.Sprintf(" %d ", info.Ino))
	}
	before := mappings()
	v := openView(t, c)
	if mappings() == before {
		t.Fatal("a view is not mapped")
	}
	v.Release()
	if n := mappings(); n != before {
		t.Errorf("%d mappings, want %d", n, before)
	}
	if _, _, ok := v.Get(nil, v.Hash([]byte("key")), []byte("key"), 0); ok || v.Current() {
		t.Error("a released view has entries, or is current")
	}
	runtime.KeepAlive(v)
}
