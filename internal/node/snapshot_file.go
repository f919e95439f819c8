package node

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/snapshot"
)

// checkSnapshot reports whether n's snapshot file is there. It returns a fault if n must not write to it, because there is
// something else, or cannot.
func (s *Setup) checkSnapshot(n *config.Node) (there bool, err error) {
	path := s.snapshotFile(n)
	if path == "" {
		return false, nil
	}
	err = snapshot.Check(path)
	there = err == nil
	if errors.Is(err, fs.ErrNotExist) {
		err = folderExists(filepath.Dir(path))
	}
	if err != nil {
		return false, s.File.Fault(s.File.SnapshotKey(n.ID), "cannot use the snapshot: "+err.Error(),
			"give the path of a snapshot, or of no file yet, in a folder that exists")
	}
	return there, nil
}

// snapshotFile returns the path of n's snapshot file; empty: there is none.
func (s *Setup) snapshotFile(n *config.Node) string {
	path := n.Snapshot
	if path == "" || s.File == nil {
		return ""
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.CacheFolder, path)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, n.ID+".snapshot")
	}
	return path
}

// restores reports whether the node's start reads its snapshot: see docs/operations.md.
func (s *Setup) restores() bool {
	return s.File.Coordinated() || s.Node.Role == config.Primary
}
