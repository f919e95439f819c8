//go:build !amd64 || race

package memory

import "unsafe"

// The functions of hint_amd64.go for other processors and for the race detector.

func prefetchWrite(unsafe.Pointer) {}

func prefetchRead(unsafe.Pointer) {}

func fenceStores() {}

func copyOut(dst, src []byte) int { return copy(dst, src) }
