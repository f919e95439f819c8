package sut

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
)

// OwnMemory is the memory in bytes that this process has when its garbage collector runs next: what is resident without
// garbage and without the program's own code, and the garbage for which the collector waits (with GOGC=100, as much as is in
// use). How much garbage there is at a moment depends on how long ago the collector ran; in a cache that makes little of it
// itself, the rest of a program fills that room. 0: the system does not say.
func OwnMemory() int64 {
	debug.FreeOSMemory()
	pid := os.Getpid()
	all, err := Resident(pid)
	file, err2 := Memory(pid, "RssFile")
	if err != nil || err2 != nil {
		return 0
	}
	heap := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(heap)
	goal, live := heap[0].Value, heap[1].Value
	if goal.Kind() != metrics.KindUint64 || live.Kind() != metrics.KindUint64 || goal.Uint64() < live.Uint64() || goal.Uint64() > 1<<50 { // GOGC=off
		return all - file
	}
	return all - file + int64(goal.Uint64()-live.Uint64())
}
