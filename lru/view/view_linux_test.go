//go:build linux && amd64 && !race && !lruheap && !lruguard

package view

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/cachegopher/cachegopher/lru"
)

// newFile makes a file for a table.
func newFile(bytes int64) (*os.File, error) {
	fd, err := unix.MemfdCreate("table", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "table")
	return f, f.Truncate(bytes)
}

// newCache returns a cache in shared memory whose clock is *now.
func newCache(t testing.TB, o lru.Options) *lru.Cache {
	t.Helper()
	o.Shared = newFile
	c, err := lru.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func openView(t testing.TB, c *lru.Cache) *View {
	t.Helper()
	v, err := Open(c.SharedFile())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestModel changes a cache at random, and asks that a view finds exactly what the cache has: keys and values of all lengths,
// with and without expiry, in few shards and many.
func TestModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for _, o := range []lru.Options{{MaxMemory: 4 << 20, Shards: 1}, {MaxMemory: 64 << 20}, {MaxMemory: 32 << 20, Shards: 4}} {
		r := rand.New(rand.NewPCG(seed, 1))
		now := int64(1_700_000_000_000)
		o.Clock, o.NoBackground = func() int64 { return now }, true
		c := newCache(t, o)
		v := openView(t, c)
		keys := make([][]byte, 3000)
		for i := range keys {
			keys[i] = fmt.Appendf(nil, "%d:%s", i, bytes.Repeat([]byte("k"), r.IntN(20)*r.IntN(20)*r.IntN(20)))
		}
		value := make([]byte, 60000)
		for i := range value {
			value[i] = byte(r.Uint32())
		}
		for step := range 30_000 {
			key := keys[r.IntN(len(keys))]
			switch r.IntN(20) {
			case 0:
				c.Delete(key)
			case 1:
				now += int64(r.IntN(100))
			case 2:
				if step%500 == 0 {
					c.Flush()
				}
			default:
				size := r.IntN(100)
				if r.IntN(10) == 0 {
					size = r.IntN(60000 - len(key))
				}
				at := int64(0)
				if r.IntN(2) == 0 {
					at = now + int64(r.IntN(1000))
				}
				from := r.IntN(len(value) - size + 1)
				if err := c.Shards().SetAt(key, value[from:from+size], at); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				compare(t, c, v, keys[r.IntN(len(keys))], now)
			}
		}
		for _, key := range keys {
			compare(t, c, v, key, now)
		}
		if !v.Current() {
			t.Error("the view is not current")
		}
	}
}

// compare compares what cache and view say of key.
func compare(t *testing.T, c *lru.Cache, v *View, key []byte, now int64) {
	t.Helper()
	want, wantOK := c.Get(nil, key)
	v.Ahead([]uint64{v.Hash(key), v.Hash(append(key, 'x'))})
	got, expires, ok := v.Get([]byte("x"), v.Hash(key), key, now)
	if ok != wantOK || ok && !bytes.Equal(got[1:], want) || got[0] != 'x' {
		t.Fatalf("%.20q: %.20q %v, want %.20q %v", key, got[1:], ok, want, wantOK)
	}
	ttl, _ := c.TTL(key)
	expiry, ok := v.Expiry(v.Hash(key), key, now)
	if ok != wantOK || expires != expiry || ok && (expiry == 0) != (ttl == 0) || ttl > 0 && expiry-now != ttl.Milliseconds() {
		t.Fatalf("%.20q: expires at %d, %v, want in %s, %v", key, expiry, ok, ttl, wantOK)
	}
}

// TestOtherTable looks at a view of a table that is replaced, and at one of a closed cache.
func TestOtherTable(t *testing.T) {
	c := newCache(t, lru.Options{MaxMemory: 16 << 20})
	v := openView(t, c)
	if err := c.SetLimits(0, 512<<20); err != nil {
		t.Fatal(err)
	}
	if v.Current() {
		t.Error("the view of an old table is current")
	}
	if v = openView(t, c); !v.Current() {
		t.Error("the view of the new table is not current")
	}
	c.Close()
	if v.Current() {
		t.Error("the view of a closed cache is current")
	}
}

// TestAllocations asks for a value's own allocation only.
func TestAllocations(t *testing.T) {
	c := newCache(t, lru.Options{MaxMemory: 16 << 20})
	if err := c.SetString("key", make([]byte, 64), 0); err != nil {
		t.Fatal(err)
	}
	v := openView(t, c)
	key, room := []byte("key"), make([]byte, 0, 64)
	for _, tt := range []struct {
		dst  []byte
		want float64
	}{{nil, 1}, {room, 0}} {
		if n := testing.AllocsPerRun(100, func() {
			if _, _, ok := v.Get(tt.dst, v.Hash(key), key, 0); !ok {
				t.Error("not found")
			}
		}); n != tt.want {
			t.Errorf("%.1f allocations, want %.0f", n, tt.want)
		}
	}
}

// BenchmarkGet reads values of 64 bytes, all keys alike.
func BenchmarkGet(b *testing.B) {
	for _, n := range []uint64{1000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := newCache(b, lru.Options{MaxMemory: 1 << 30})
			key := make([]byte, 16)
			for i := range n {
				if err := c.Set(numbered(key, i), make([]byte, 64), 0); err != nil {
					b.Fatal(err)
				}
			}
			v := openView(b, c)
			dst := make([]byte, 0, 64)
			for i := range n { // map all pages
				if _, ok := v.Expiry(v.Hash(numbered(key, i)), key, 0); !ok {
					b.Fatal("not found")
				}
			}
			i := uint64(0)
			b.ReportAllocs()
			for b.Loop() {
				i = i*6364136223846793005 + 1442695040888963407
				numbered(key, (i>>33)%n)
				if _, _, ok := v.Get(dst, v.Hash(key), key, 0); !ok {
					b.Fatal("not found")
				}
			}
		})
	}
}

// numbered makes key, which has 16 bytes, the one of number n.
func numbered(key []byte, n uint64) []byte {
	binary.LittleEndian.PutUint64(key, n)
	return key
}
