package lru

import (
	"fmt"
	"os"
	"unsafe"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/internal/region"
)

// file is what a table in shared memory lies in.
type file struct {
	os     *os.File
	region *region.Region
}

// newFile makes a file for a table of geometry geo. It counts as none until its state is region.InUse.
func (c *Cache) newFile(geo geometry) (*file, error) {
	if !CanShare {
		return nil, fmt.Errorf("lru: shared memory: %w", ErrNoSharing)
	}
	g := region.Geometry{Shards: geo.shards, PageShift: geo.pageShift, Reserve: geo.reserve}
	f, err := c.options.Shared(g.Size())
	if err != nil {
		return nil, fmt.Errorf("lru: a file for the cache: %w", err)
	}
	r, err := region.Create(f, g, c.seed, c.large())
	if err != nil {
		c.dropFile(f)
		return nil, fmt.Errorf("lru: %w", err)
	}
	return &file{f, r}, nil
}

// dropFile closes a file that is no table's any more, or never was.
func (c *Cache) dropFile(f *os.File) {
	if c.options.Dropped != nil {
		c.options.Dropped(f)
	}
	_ = f.Close()
}

// keep makes the shards of t, which are empty, lie in f, whose geometry is theirs. On an error it unmaps f.
func (t *table) keep(f *file) error {
	first := f.region.Directories()[:2*len(t.shards)] // those of depth 0
	if !memory.Secure(unsafe.Slice((*byte)(unsafe.Pointer(&first[0])), 8*len(first))) {
		f.region.Unmap()
		return fmt.Errorf("lru: directories: the file system has no room")
	}
	for i := range t.shards {
		s := &t.shards[i]
		s.mem.Keep(f.region.Control(i), f.region.Classes(i), f.region.Arena(i))
		s.index.Keep(f.region, i)
	}
	t.file = f
	t.unmapLater([]func(){f.region.Unmap})
	return nil
}

// setFileState notes in the file of t, if it has one, what its contents are worth.
func (t *table) setFileState(state uint32) {
	if t.file != nil {
		t.file.region.Header().SetState(state)
	}
}

// closeFile closes the file of t, if it has one. Its memory stays mapped as long as someone may read it.
func (t *table) closeFile() {
	if t.file != nil {
		_ = t.file.os.Close()
	}
}
