//go:build linux && amd64 && !race && !lruheap && !lruguard

package view

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/lru/internal/region"
)

// TestGarbage overwrites directories, segments, entries and chunks at random, and asks that no lookup faults or takes long.
func TestGarbage(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	found := 0 // in all caches: the depth of both directories of one may be spoilt before its first lookup
	for range 20 {
		c := newCache(t, lru.Options{MaxMemory: 4 << 20, Shards: 2, NoBackground: true})
		var keys [][]byte
		for i := range 3000 {
			key := appendKey(nil, i)
			size := r.IntN(50)
			if i%100 == 0 {
				size = r.IntN(20_000)
			}
			if err := c.Set(key, make([]byte, size), time.Duration(i%2)*time.Hour); err != nil {
				t.Fatal(err)
			}
			keys = append(keys, key)
		}
		v := openView(t, c)
		table, err := region.Open(c.SharedFile(), false)
		if err != nil {
			t.Fatal(err)
		}
		var value []byte
		for range 300 {
			for range 1 + r.IntN(100) {
				spoil(table, r)
			}
			for range 300 {
				key := keys[r.IntN(len(keys))]
				var ok bool
				if value, _, ok = v.Get(value[:0], v.Hash(key), key, 0); ok {
					found++
				}
				if len(value) > lru.MaxSize {
					t.Fatalf("a value of %d bytes", len(value))
				}
				v.Expiry(v.Hash(key), key, 0)
				v.Ahead([]uint64{r.Uint64(), v.Hash(key)})
			}
		}
		table.Unmap()
		c.Close()
	}
	if found == 0 {
		t.Error("everything is spoilt from the beginning: the test tests little")
	}
}

// spoil overwrites a word of a shard with something that is likely to lead astray.
func spoil(table *region.Region, r *rand.Rand) {
	shard := r.IntN(table.Shards)
	arena, directory, control := table.Arena(shard), table.Directories(), table.Control(shard)
	used := int(control.End) * 8
	if used == 0 {
		used = 1 << 20
	}
	word := r.Uint64()
	switch r.IntN(4) {
	case 0: // a length, a tag or an offset changes
		word = uint64(r.IntN(4)) << (8 * r.IntN(8))
	case 1: // an offset near the end
		word = uint64(table.Reserve/8) - uint64(r.IntN(8)) + uint64(r.IntN(2))
	case 2: // another part of the arena
		word = binary.LittleEndian.Uint64(arena[r.IntN(used-8):])
	}
	at := r.IntN(used/8) * 8
	switch r.IntN(20) {
	case 0:
		depth := control.Depth & 31
		directory[min(int(table.DirectoryAt(shard, uint(depth)))+r.IntN(1<<depth), len(directory)-1)] = word << 8
	case 1:
		if r.IntN(50) == 0 {
			control.Depth = r.Uint32() >> r.IntN(32)
		}
	default:
		binary.LittleEndian.PutUint64(arena[at:], binary.LittleEndian.Uint64(arena[at:])^word)
	}
}

// TestTornSequence: a shard that is being changed all the time, as that of a process killed in a change, has no entries for
// a view.
func TestTornSequence(t *testing.T) {
	c := newCache(t, lru.Options{MaxMemory: 4 << 20, Shards: 1, NoBackground: true})
	if err := c.SetString("key", []byte("value"), 0); err != nil {
		t.Fatal(err)
	}
	v, key := openView(t, c), []byte("key")
	table, err := region.Open(c.SharedFile(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Unmap()
	for i, want := range []bool{true, false, true} {
		if got, _, ok := v.Get(nil, v.Hash(key), key, 0); ok != want {
			t.Errorf("step %d: %q, %v", i, got, ok)
		}
		table.Control(0).Seq++
	}
	table.Control(0).Seq++
}
