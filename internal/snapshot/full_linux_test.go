package snapshot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// TestDiskFull leaves the old file, and nothing beside it, on a file system without room for the new one.
func TestDiskFull(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("SKIPPED: mounting a file system:", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
	c := newCache(t, lru.Options{MaxEntries: 100_000})
	path := filepath.Join(folder, "snapshot")
	set := func(from, to int) {
		for i := from; i < to; i++ {
			if err := c.SetAt(fmt.Appendf(nil, "key%d", i), make([]byte, 100), 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	set(0, 1000)
	save(t, c, path)
	set(1000, 50_000)
	if _, err := Save(context.Background(), c, path, Options{}); !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	if l := load(t, newCache(t, lru.Options{MaxEntries: 100_000}), path); l.Entries != 1000 || l.Damage != nil {
		t.Errorf("%+v", l)
	}
}
