//go:build !amd64 || race

package memory

import "unsafe"

// What hint_amd64.go has for one kind of processor, in terms that the others and
// the race detector understand.

func prefetchWrite(unsafe.Pointer) {}

func prefetchRead(unsafe.Pointer) {}

func copyOut(dst, src []byte) int { return copy(dst, src) }
