//go:build linux && !race && !lruheap && !lruguard

package lru

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// smallFiles makes files for tables on a file system of 10 MB.
func smallFiles(t *testing.T) func(int64) (*os.File, error) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=10m"); err != nil {
		t.Skipf("SKIPPED: a file system of 10 MB cannot be mounted: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	files := 0
	return func(int64) (*os.File, error) {
		files++
		return os.OpenFile(filepath.Join(dir, fmt.Sprint("table", files)), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	}
}

// TestStopAfterFullFileSystem: once there is room again, a stop is a clean one.
func TestStopAfterFullFileSystem(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 64 << 20, Shared: smallFiles(t)})
	for i := range 20_000 {
		if err := c.Set(benchKey(nil, uint64(i)), noise[:900], 0); err != nil && !errors.Is(err, ErrNoSpace) {
			t.Fatal(err)
		}
	}
	evicted := c.Stats().Evictions
	c.Flush()
	settle(t, c)
	store(t, c, 0, 100, 100)
	want, f := c.Stats(), duplicate(t, c)
	if err := c.Detach(nil); err != nil || evicted == 0 {
		t.Fatalf("%d evictions, %v", evicted, err)
	}
	if _, at := attach(t, f, Options{MaxMemory: 64 << 20}); !at.Clean || at.Entries != want.Entries || len(at.Faults) > 0 {
		t.Errorf("%+v, want %d entries", at, want.Entries)
	}
}

// TestFullFileSystem uses a cache in a file on a file system that has less room than the budget: no store to the mapping may
// end the process; entries are evicted instead, as where a system grants no memory.
func TestFullFileSystem(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 64 << 20, Shared: smallFiles(t)})
	for round := range 3 {
		refused := 0
		for i := range 30_000 {
			err := c.Set(benchKey(nil, uint64(i)), noise[:900], 0)
			if errors.Is(err, ErrNoSpace) { // a shard that has no page yet
				refused++
			} else if err != nil {
				t.Fatal(err)
			}
		}
		mustCheck(t, c)
		st := c.Stats()
		t.Logf("round %d: %d refused, %+v", round, refused, st)
		if st.Evictions == 0 || st.UsedBytes > 10<<20 || st.Entries < 3000 || refused > 15_000 {
			t.Errorf("round %d: %d refused, %+v", round, refused, st)
		}
		if round == 1 {
			c.Flush()
			settle(t, c)
		}
	}
	f := duplicate(t, c)
	if err := c.Detach(make([]byte, 20<<20)); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("Detach with more than fits: %v", err)
	}
	_, at := attach(t, f, Options{MaxMemory: 64 << 20})
	if at.Clean || at.Entries < 3000 || len(at.Faults) > 0 || at.LostShards > 0 {
		t.Errorf("%+v", at)
	}
}
