//go:build linux && amd64 && !race && !lruheap && !lruguard

package view

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// fileOfCache returns the file of a cache with entries k0 to k99. The cache is never closed, so that it does not meet what a test
// does to the file.
func fileOfCache(t testing.TB) *os.File {
	t.Helper()
	c, err := lru.New(lru.Options{MaxMemory: 1 << 20, Shards: 2, NoBackground: true, Shared: newFile})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if err := c.Set(fmt.Append(nil, "k", i), fmt.Append(nil, "value of ", i), 0); err != nil {
			t.Fatal(err)
		}
	}
	return c.SharedFile()
}

// TestShortened cuts the file off under goroutines that read from it: they find nothing any more, and the view is not current.
func TestShortened(t *testing.T) {
	f := fileOfCache(t)
	v, err := OpenUnsealed(f)
	if err != nil {
		t.Fatal(err)
	}
	var readers, started sync.WaitGroup
	for n := range 4 {
		started.Add(1)
		readers.Go(func() {
			var value []byte
			for i := 0; ; i++ {
				key := fmt.Append(nil, "k", (i+n)%100)
				h := v.Hash(key)
				v.Ahead([]uint64{h, h + 1})
				got, _, ok := v.Get(value[:0], h, key, 0)
				if ok && string(got) != fmt.Sprint("value of ", (i+n)%100) {
					t.Errorf("%s is %q", key, got)
				}
				value = got
				if _, found := v.Expiry(h, key, 0); i == 0 && !(ok && found) {
					t.Errorf("%s is not found", key)
				}
				if i == 0 {
					started.Done()
				}
				if !v.Current() {
					return
				}
			}
		})
	}
	started.Wait()
	if err := f.Truncate(0); err != nil {
		t.Fatal(err)
	}
	readers.Wait()
	key := []byte("k1")
	if got, _, ok := v.Get([]byte("x"), v.Hash(key), key, 0); ok || string(got) != "x" {
		t.Errorf("%q, %v", got, ok)
	}
	v.Release()
	if v.Current() {
		t.Error("current after Release")
	}
	if _, err := OpenUnsealed(f); err == nil {
		t.Error("a file without anything was opened")
	}
}

// TestGuardLetsOtherPanicsPass: only a fault in memory is caught.
func TestGuardLetsOtherPanicsPass(t *testing.T) {
	v := &View{}
	defer func() {
		if r := recover(); r != "other" || v.guard.broken.Load() {
			t.Errorf("%v", r)
		}
	}()
	func() {
		defer v.catch(false, func() { t.Error("caught") })
		panic("other")
	}()
}

func BenchmarkGuard(b *testing.B) {
	f := fileOfCache(b)
	for name, open := range map[string]func(*os.File) (*View, error){"sealed": Open, "unsealed": OpenUnsealed} {
		v, err := open(f)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			key, value := []byte("k7"), []byte(nil)
			h := v.Hash(key)
			for range b.N {
				value, _, _ = v.Get(value[:0], h, key, 0)
			}
		})
	}
}
