package nodeprocess

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Scratch is a temporary folder. It has a file that its process keeps locked: a program that is killed leaves the folder
// behind, but not the lock, and the next one that makes a Scratch of the same kind removes the folder.
type Scratch struct {
	Path string
	lock *os.File
}

// lockName is the locked file in a Scratch.
const lockName = ".in-use"

// NewScratch makes a folder whose name begins with kind, and removes those of processes that have ended. Remove must be
// called.
func NewScratch(kind string) (*Scratch, error) {
	sweep(kind)
	path, err := os.MkdirTemp("", kind+"-")
	if err != nil {
		return nil, err
	}
	s := &Scratch{Path: path}
	if err := s.take(); err != nil {
		return nil, errors.Join(fmt.Errorf("locking %s: %w", path, err), s.Remove())
	}
	return s, nil
}

// take makes the lock. The file gets its name once it is locked, so that nobody finds it unlocked before.
func (s *Scratch) take() (err error) {
	unnamed := filepath.Join(s.Path, lockName+"-new")
	if s.lock, err = os.OpenFile(unnamed, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	if err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return err
	}
	return os.Rename(unnamed, filepath.Join(s.Path, lockName))
}

// Remove removes the folder and what it holds.
func (s *Scratch) Remove() error {
	err := os.RemoveAll(s.Path)
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}

// sweep removes the folders of a kind whose locks are free. What cannot be opened or removed belongs to another user.
func sweep(kind string) {
	left, err := filepath.Glob(filepath.Join(os.TempDir(), kind+"-*", lockName))
	if err != nil {
		return
	}
	for _, name := range left {
		lock, err := os.OpenFile(name, os.O_RDWR|syscall.O_NOFOLLOW, 0)
		if err != nil {
			continue
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(filepath.Dir(name)) //nolint:errcheck // the next program tries again
		}
		lock.Close() //nolint:errcheck // only opened for its lock
	}
}
