//go:build !linux

package keep

import (
	"errors"
	"os"
)

var errLinux = errors.New("keeping memory needs Linux")

// Forget does nothing.
func (m Manager) Forget() error { return nil }

// Folder fails.
func Folder(path, id string) (Shelf, error) { return nil, errLinux }

// Stored returns a shelf on which no file can be made.
func Stored(Manager, string) Shelf { return none{} }

// RoomIn fails.
func RoomIn(path, id string) (Room, error) { return Room{}, errLinux }

type none struct{}

func (none) Left() (map[string]*os.File, error)   { return nil, nil }
func (none) Make(string, int64) (*os.File, error) { return nil, errLinux }
func (none) Has(string, os.FileInfo) bool         { return true }
func (none) Drop(string) error                    { return nil }
func (none) Close() error                         { return nil }
