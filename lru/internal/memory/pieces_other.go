//go:build !linux || race || lruheap || lruguard

package memory

import "errors"

const largeUnits = CommitStep / unit

// ErrNoLargePages is returned by Enlarge.
var ErrNoLargePages = errors.New("memory: no large pages")

func (a *arena) large(uint32) []byte { return nil }

// Enlarge does nothing.
func (p *Piece) Enlarge() (done bool, err error) { return false, ErrNoLargePages }
