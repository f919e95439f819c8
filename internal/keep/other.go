//go:build !linux

package keep

import (
	"errors"
	"os"
)

// ErrUsed means that another process uses the files of the same node.
var ErrUsed = errors.New("another process of this node uses it")

var errLinux = errors.New("keeping memory needs Linux")

// Prefix begins the names of the descriptors that a node stores at its service manager.
const Prefix = "cachegopher-"

// Manager is the service manager's store of descriptors, which only Linux has.
type Manager struct {
	Notify func(state string, f *os.File) error
	Left   []*os.File
}

// Forget does nothing.
func (m Manager) Forget() error { return nil }

// Room is what the file system of a folder has for kept memory.
type Room struct{ Size, Free int64 }

// Folder fails.
func Folder(path, id string) (Shelf, error) { return nil, errLinux }

// Stored returns a shelf on which no file can be made.
func Stored(Manager, string) Shelf { return none{} }

// RoomIn fails.
func RoomIn(path, id string) (Room, error) { return Room{}, errLinux }

type none struct{}

func (none) Left() (map[string]*os.File, error)   { return nil, nil }
func (none) Make(string, int64) (*os.File, error) { return nil, errLinux }
func (none) Drop(string) error                    { return nil }
func (none) Close() error                         { return nil }
