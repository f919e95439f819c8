package keep

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/cachegopher/cachegopher/internal/localreads"
)

// stored is a shelf of anonymous files, whose descriptors the service manager stores.
type stored struct {
	Manager
	title string // of this node's files
}

// Stored returns the shelf of the node called id at a service manager.
func Stored(m Manager, id string) Shelf { return &stored{m, "cachegopher:" + id} }

// Left implements Shelf. Files of another node, which had the same unit before, are dropped.
func (s *stored) Left() (map[string]*os.File, error) {
	left := make(map[string]*os.File)
	var err error
	for _, f := range s.Manager.Left {
		name := strings.TrimPrefix(f.Name(), Prefix)
		if _, twice := left[name]; twice || !s.owns(f) {
			err = errors.Join(err, s.Drop(name), f.Close())
			continue
		}
		left[name] = f
	}
	s.Manager.Left = nil
	return left, err
}

// owns reports whether f was made by Make for the same node: the kernel keeps an anonymous file's title.
func (s *stored) owns(f *os.File) bool {
	is, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", f.Fd()))
	return err == nil && is == "/memfd:"+s.title+" (deleted)"
}

// Make implements Shelf.
func (s *stored) Make(name string, bytes int64) (*os.File, error) {
	f, err := localreads.NewMemory(s.title, bytes)
	if err != nil {
		return nil, fmt.Errorf("make an anonymous file for kept memory: %w", err)
	}
	// The manager must not poll the file: anonymous files cannot be polled.
	if err := s.Notify("FDSTORE=1\nFDPOLL=0\nFDNAME="+Prefix+name, f); err != nil {
		return nil, errors.Join(fmt.Errorf("store kept memory at the service manager: %w", err), f.Close())
	}
	return f, nil
}

// Has implements Shelf: nobody else can take a file from the manager.
func (s *stored) Has(string, os.FileInfo) bool { return true }

// Drop implements Shelf.
func (s *stored) Drop(name string) error {
	if err := s.Notify("FDSTOREREMOVE=1\nFDNAME="+Prefix+name, nil); err != nil {
		return fmt.Errorf("drop kept memory at the service manager: %w", err)
	}
	return nil
}

// Close implements Shelf.
func (s *stored) Close() error { return nil }

// Forget drops the files that the manager has passed on, for a node that keeps no memory any more.
func (m Manager) Forget() error {
	s := &stored{Manager: m}
	_, err := s.Left() // it owns none
	return err
}
