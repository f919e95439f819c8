//go:build !amd64 || race

package lru

import "unsafe"

func prefetchLock(*Shard, unsafe.Pointer) {}
