package keep

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// folder is a shelf in a folder of the file system. A file that is locked belongs to the process that uses it.
type folder struct {
	path   string
	prefix string // of its files' names
	lock   *os.File
}

// Folder returns the shelf of the node called id in a folder, which is made if only it is missing.
func Folder(path, id string) (Shelf, error) {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the folder for kept memory: %w", err)
	}
	s := &folder{path: path, prefix: id + "."}
	lock, err := s.open("lock", os.O_CREATE)
	if err != nil {
		return nil, fmt.Errorf("lock kept memory: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrUsed
		}
		return nil, errors.Join(fmt.Errorf("lock kept memory: %s: %w", lock.Name(), err), lock.Close())
	}
	s.lock = lock
	return s, nil
}

// open opens a file of the node. One that another user has put there, or a symbolic link, is refused.
func (s *folder) open(name string, flags int) (*os.File, error) {
	f, err := os.OpenFile(s.file(name), os.O_RDWR|unix.O_NOFOLLOW|flags, 0o600)
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	switch err := unix.Fstat(int(f.Fd()), &st); {
	case err != nil:
		return nil, errors.Join(err, f.Close())
	case st.Mode&unix.S_IFMT != unix.S_IFREG || int(st.Uid) != os.Geteuid() || st.Mode&0o077 != 0:
		return nil, errors.Join(fmt.Errorf("%s is not a file of this user that no other user may open", f.Name()), f.Close())
	}
	return f, nil
}

func (s *folder) file(name string) string { return filepath.Join(s.path, s.prefix+name) }

// Left implements Shelf. A file that cannot be used is left alone.
func (s *folder) Left() (map[string]*os.File, error) {
	all, err := os.ReadDir(s.path)
	if err != nil {
		return nil, fmt.Errorf("look for kept memory: %w", err)
	}
	left := make(map[string]*os.File)
	for _, e := range all {
		name, ours := strings.CutPrefix(e.Name(), s.prefix)
		if !ours || name != positionName && !strings.HasPrefix(name, memoryName) {
			continue
		}
		f, err := s.open(name, 0)
		if err != nil {
			for _, f := range left {
				f.Close() //nolint:errcheck // the first error counts
			}
			return nil, fmt.Errorf("open kept memory: %w", err)
		}
		left[name] = f
	}
	return left, nil
}

// Make implements Shelf.
func (s *folder) Make(name string, bytes int64) (*os.File, error) {
	f, err := s.open(name, os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, fmt.Errorf("make a file for kept memory: %w", err)
	}
	if err := f.Truncate(bytes); err != nil {
		return nil, errors.Join(fmt.Errorf("make a file for kept memory: %w", err), f.Close(), s.Drop(name))
	}
	return f, nil
}

// Has implements Shelf.
func (s *folder) Has(name string, is os.FileInfo) bool {
	there, err := os.Lstat(s.file(name))
	return err == nil && os.SameFile(there, is)
}

// Drop implements Shelf.
func (s *folder) Drop(name string) error {
	if err := os.Remove(s.file(name)); err != nil {
		return fmt.Errorf("remove kept memory: %w", err)
	}
	return nil
}

// Close implements Shelf.
func (s *folder) Close() error { return s.lock.Close() }
