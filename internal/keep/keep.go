// Package keep makes, finds and drops the files in which a node keeps its memory while no process of it runs: in a folder
// on tmpfs, or in the service manager's store of descriptors. What is in them is for others to know.
package keep

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Shelf is where files are kept under names. One goroutine at a time uses it.
type Shelf interface {
	// Left returns the files that an earlier process of the node has left, by name. The caller owns them.
	Left() (map[string]*os.File, error)
	// Make makes a file of this many bytes, all zero, that takes no memory yet. The caller owns it.
	Make(name string, bytes int64) (*os.File, error)
	// Has reports whether the file that Make or Left returned under this name is still there for the next process.
	Has(name string, is os.FileInfo) bool
	// Drop forgets a file. Its memory is free once no process has it open or mapped.
	Drop(name string) error
	// Close ends this process's use of the shelf. The files stay.
	Close() error
}

// ErrUsed means that another process uses the files of the same node.
var ErrUsed = errors.New("another process of this node uses it")

// Prefix begins the names of the descriptors that a node stores at its service manager.
const Prefix = "cachegopher-"

// Manager is what a node needs of the service manager's store of descriptors: sd_pid_notify_with_fds(3).
type Manager struct {
	// Notify sends a state, with a file if it is not nil.
	Notify func(state string, f *os.File) error
	// Left are the descriptors that the manager has passed on whose names begin with Prefix; File.Name is that name.
	Left []*os.File
}

// Room is what the file system of a folder has for kept memory.
type Room struct {
	Size int64 // of the file system in bytes; 0: it has no limit of its own
	Free int64 // with what files of the node take already
}

// Names of the files: memoryName and a number, of which the latest file has the greatest; positionName for Note.
const (
	memoryName   = "memory-"
	positionName = "position"
)

// Keeper keeps a node's files on a shelf: one of memory, for a while two when it is replaced by another, and a small one for
// notes. Safe for concurrent use.
type Keeper struct {
	mu     sync.Mutex
	shelf  Shelf
	memory []kept // the latest last
	note   *os.File
	next   int
}

// kept is a file of memory. Whoever uses it owns it and may close it at any time, so its identity is taken before.
type kept struct {
	name string
	file *os.File
	id   os.FileInfo
}

// Open returns the keeper of a shelf. It owns the shelf, if there is no error.
func Open(s Shelf) (*Keeper, error) {
	left, err := s.Left()
	if err != nil {
		return nil, err
	}
	k := &Keeper{shelf: s, next: 1}
	for name, f := range left {
		number, isMemory := strings.CutPrefix(name, memoryName)
		n, bad := strconv.Atoi(number)
		switch {
		case isMemory && bad == nil && n > 0:
			k.next = max(k.next, n+1)
			err = errors.Join(err, k.add(name, f))
		case name == positionName:
			k.note = f
		default: // of another release
			err = errors.Join(err, s.Drop(name), f.Close())
		}
	}
	slices.SortFunc(k.memory, func(a, b kept) int { return number(a.name) - number(b.name) })
	return k, err
}

func number(name string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(name, memoryName))
	return n
}

func (k *Keeper) add(name string, f *os.File) error {
	id, err := f.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("look at kept memory: %w", err), k.shelf.Drop(name), f.Close())
	}
	k.memory = append(k.memory, kept{name, f, id})
	return nil
}

// Left returns the files of memory that an earlier process has left, the latest first; the caller closes them. A process that
// ended while it replaced one by another leaves both.
func (k *Keeper) Left() (files []*os.File) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, m := range slices.Backward(k.memory) {
		files = append(files, m.file)
	}
	return files
}

// Make makes a file for memory. The others stay until Settle or Drop says that they are not needed.
func (k *Keeper) Make(bytes int64) (*os.File, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	name := memoryName + strconv.Itoa(k.next)
	f, err := k.shelf.Make(name, bytes)
	if err != nil {
		return nil, err
	}
	k.next++
	return f, k.add(name, f)
}

// Settle drops all files of memory but this one, which is in use; nil: all.
func (k *Keeper) Settle(inUse *os.File) error {
	var is os.FileInfo
	if inUse != nil {
		var err error
		if is, err = inUse.Stat(); err != nil {
			return fmt.Errorf("look at kept memory: %w", err)
		}
	}
	return k.drop(func(m kept) bool { return is == nil || !os.SameFile(is, m.id) })
}

// Missing reports whether a file of memory is no longer where the node's next process looks for it: somebody has removed it.
func (k *Keeper) Missing() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.ContainsFunc(k.memory, func(m kept) bool { return !k.shelf.Has(m.name, m.id) })
}

// Drop drops a file of memory, which its user closes.
func (k *Keeper) Drop(f *os.File) error {
	is, err := f.Stat()
	if err != nil {
		return fmt.Errorf("look at kept memory: %w", err)
	}
	return k.drop(func(m kept) bool { return os.SameFile(is, m.id) })
}

func (k *Keeper) drop(which func(kept) bool) (err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.memory = slices.DeleteFunc(k.memory, func(m kept) bool {
		if !which(m) {
			return false
		}
		err = errors.Join(err, k.shelf.Drop(m.name))
		return true
	})
	return err
}

// Close ends the use of the shelf. The files stay.
func (k *Keeper) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var err error
	if k.note != nil {
		err = k.note.Close()
	}
	return errors.Join(err, k.shelf.Close())
}
