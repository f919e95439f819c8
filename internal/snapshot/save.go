// Package snapshot writes the entries of a store to a file, and reads them back: what a node keeps over a restart. The
// format is that of package dump.
//
// Entries are written while clients use the store, each as it is at some moment while the file is written: an entry that
// is there from start to end is in the file, with a value that it had meanwhile. They are in the order of their last use,
// the least recently used first, so that a store that loads the file evicts in the same order, and one that is smaller
// keeps the most recently used.
package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/cachegopher/cachegopher/internal/dump"
	"github.com/cachegopher/cachegopher/internal/wholefile"
	"github.com/cachegopher/cachegopher/lru"
)

// Result says what was written.
type Result struct {
	Entries, Bytes int64
	Took           time.Duration
}

// Options configure Save and Load.
type Options struct {
	// Pace is called between short steps of Save with the time that work has taken since the last call, and may sleep. nil:
	// Save does not rest.
	Pace func(worked time.Duration)
	// Progress is called with the number of bytes written or read so far. nil: none.
	Progress func(bytes int64)

	notes int // of entries, for tests; 0: as many as suit the store
}

// Save replaces path by a snapshot of c. Until it is complete, and after an error, path is what it was before.
func Save(ctx context.Context, c lru.Shards, path string, o Options) (Result, error) {
	start := time.Now()
	if err := replaceable(path); err != nil {
		return Result{}, err
	}
	f, err := wholefile.Create(path, 0o600)
	if err != nil {
		return Result{}, fmt.Errorf("creating the snapshot: %w", err)
	}
	s := &saver{ctx: ctx, cache: c, pace: o.Pace, stepAt: start, most: o.notes}
	if err = s.writeTo(&syncing{f: f, progress: o.Progress}, start); err == nil {
		err = f.Commit()
	} else {
		err = errors.Join(err, f.Abort())
	}
	if err != nil {
		return Result{}, fmt.Errorf("writing the snapshot: %w", err)
	}
	return Result{Entries: int64(s.out.Records()), Bytes: s.out.Written(), Took: time.Since(start)}, nil
}

// writeTo writes the whole file to w.
func (s *saver) writeTo(w io.Writer, now time.Time) (err error) {
	b := writeBehind(w)
	if s.out, err = dump.NewWriter(b, now); err == nil {
		err = s.write()
	}
	if err == nil {
		err = s.out.Close()
	}
	if late := b.Close(); err == nil {
		err = late
	}
	return err
}

// syncEvery is after how many bytes the file is flushed to disk: a flush of everything at the end would take long on a
// slow disk, and others that use it would wait.
const syncEvery = 64 << 20

// syncing writes to a file and flushes it now and then.
type syncing struct {
	f                 *wholefile.File
	progress          func(int64)
	written, unsynced int64
}

func (s *syncing) Write(b []byte) (int, error) {
	n, err := s.f.Write(b)
	s.written += int64(n)
	if s.unsynced += int64(n); err == nil && s.unsynced >= syncEvery {
		s.unsynced, err = 0, s.f.Sync()
	}
	if s.progress != nil {
		s.progress(s.written)
	}
	return n, err
}

// replaceable returns an error if there is something at path that is not a regular file: a FIFO would make the writer
// wait, and a device cannot be replaced.
func replaceable(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for the snapshot: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", path)
	}
	return nil
}

// RemoveLeftovers removes what writers of path have left that were killed. No writer may be at work.
func RemoveLeftovers(path string) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	left, err := filepath.Glob(wholefile.Parts(path))
	for _, name := range left {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}
