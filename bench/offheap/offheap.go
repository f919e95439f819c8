// Package offheap has tables outside the Go heap. The generator shares its process with caches that it measures: a table in
// the heap would let the garbage of a cache grow by as much again before it is collected, and pages that are first written
// during a round would count as memory of the cache.
package offheap

import "runtime"

// Table is an array of values without pointers, all of whose pages are resident. Its memory is returned once the table is
// unreachable.
type Table[T any] struct{ cells []T }

// New returns a table of n zero values. T must have no pointers.
func New[T any](n uint64) *Table[T] {
	t := &Table[T]{}
	cells, free := allocate[T](n)
	if free != nil {
		runtime.AddCleanup(t, func(f func()) { f() }, free)
	}
	t.cells = cells
	return t
}

// InHeap returns a table of n zero values that is in the heap after all: pointers into it are valid for ever.
func InHeap[T any](n uint64) *Table[T] { return &Table[T]{make([]T, n)} }

// Len is the number of cells.
func (t *Table[T]) Len() int { return len(t.cells) }

// At is a cell. The pointer is valid as long as the table is reachable.
func (t *Table[T]) At(i uint64) *T { return &t.cells[i] }

// All are the cells. The slice is valid as long as the table is reachable.
func (t *Table[T]) All() []T { return t.cells }
