//go:build !linux || !amd64 || race

package view

import (
	"errors"
	"os"
)

// Supported reports whether this build can read a table.
const Supported = false

// View is never made.
type View struct{}

// Open returns an error.
func Open(*os.File) (*View, error) {
	return nil, errors.New("view: reading another process's table needs Linux on amd64, without the race detector")
}

// OpenUnsealed returns an error.
func OpenUnsealed(f *os.File) (*View, error) { return Open(f) }

// Current returns false.
func (*View) Current() bool { return false }

// Release does nothing.
func (*View) Release() {}

// Hash returns 0.
func (*View) Hash([]byte) uint64 { return 0 }

// Get finds nothing.
func (*View) Get(dst []byte, _ uint64, _ []byte, _ int64) (value []byte, expiry int64, ok bool) {
	return dst, 0, false
}

// MaxAhead is the greatest number of hashes that Ahead takes.
const MaxAhead = 16

// Ahead does nothing.
func (*View) Ahead([]uint64) {}

// Expiry finds nothing.
func (*View) Expiry(uint64, []byte, int64) (expiry int64, ok bool) { return 0, false }
