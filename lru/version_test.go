//go:build linux && !race && !lruheap && !lruguard

package lru

import (
	"fmt"
	"testing"
	"unsafe"

	"github.com/cachegopher/cachegopher/lru/internal/region"
	"github.com/cespare/xxhash/v2"
)

// versionSum is the checksum of what a fixed series of operations leaves in files of layout region.Version.
const versionSum = 0x5d05dd38671a274e

// TestVersion stores, changes and removes the same entries always, and compares the checksum of all that is in the file
// then. If it differs, another version of this program may read such a file wrongly.
func TestVersion(t *testing.T) {
	sum := xxhash.New()
	for _, policy := range []Policy{LRU, CLOCK, S3FIFO} {
		c := newTestCache(t, withFiles(Options{MaxMemory: 64 << 20, Shards: 2, Seed: 7, Policy: policy, Clock: func() int64 { return 1_000_000 }}))
		for i := range 3000 {
			key := fmt.Appendf(nil, "key:%d", i)
			if err := c.SetAt(key, noise[i%100:][:i*i%200], int64(i%3)*2_000_000); err != nil {
				t.Fatal(err)
			}
			switch i % 10 {
			case 1:
				c.Get(nil, fmt.Appendf(nil, "key:%d", i/2))
			case 2:
				c.Delete(fmt.Appendf(nil, "key:%d", i/3))
			case 3: // chained
				if err := c.SetAt(append(key, noise[:i]...), noise[:i*5], int64(i%2)*3_000_000); err != nil {
					t.Fatal(err)
				}
			}
		}
		c.BeginGeneration()
		table := c.table.Load()
		_, _ = sum.Write(table.appendState(nil, &c.past, []byte("owner")))
		for i := range table.shards {
			r, s := table.file.region, &table.shards[i]
			ctl := r.Control(i)
			_, _ = sum.Write(unsafe.Slice((*byte)(unsafe.Pointer(ctl)), unsafe.Sizeof(*ctl)))
			_, _ = sum.Write(r.Classes(i)[:s.mem.Pages()])
			for _, word := range r.Directory(i, uint(ctl.Depth)) {
				_, _ = fmt.Fprint(sum, word, " ")
			}
			_, _ = sum.Write(r.Arena(i)[:int64(ctl.End)*8])
		}
	}
	g := region.Geometry{Shards: 4, PageShift: 13, Reserve: 1 << 30}
	_, _ = fmt.Fprint(sum, g.ControlAt(1), g.ClassesAt(1), g.DirectoriesAt(), g.DirectoryAt(1, 0), g.DirectoryAt(3, 5), g.ArenaAt(1), g.StateAt(), g.Size())
	if got := sum.Sum64(); got != versionSum {
		t.Errorf("version %d of the layout: the checksum is %#x, it was %#x. If what a file holds has another form now, change region.Version too; if only the choice of slots has changed, it can stay",
			region.Version, got, uint64(versionSum))
	}
}
