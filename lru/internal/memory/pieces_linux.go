//go:build linux && !race && !lruheap && !lruguard

package memory

import (
	"errors"

	"golang.org/x/sys/unix"
)

const largeUnits = CommitStep / unit

// ErrNoLargePages is returned by Enlarge if the system makes no large pages there.
var ErrNoLargePages = errors.New("memory: no large pages")

// large is the memory of the piece of this number.
func (a *arena) large(number uint32) []byte { return a.bytes(number*largeUnits, (number+1)*largeUnits) }

// Enlarge puts the piece into a large page. It may take milliseconds, during which whoever touches the piece waits. It requires no
// lock, but the arena must stay mapped. done is false if the piece stays as it is.
func (p *Piece) Enlarge() (done bool, err error) {
	switch err := unix.Madvise(p.bytes, unix.MADV_COLLAPSE); err {
	case nil:
		return true, nil
	case unix.EINVAL: // no such pages, or an old kernel
		return false, ErrNoLargePages
	default: // none is free, or the memory is being used otherwise
		return false, nil
	}
}
