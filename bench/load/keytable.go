package load

import (
	"unsafe"

	"github.com/cachegopher/cachegopher/bench/offheap"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// keyTable holds all keys one after the other, in memory without pointers, so that libraries can be called without creating
// a string for each call.
type keyTable struct {
	text *offheap.Table[byte]
	size uint64                 // of each key, if they are all alike
	ends *offheap.Table[uint64] // of each key in text, otherwise
}

// newKeyTable makes a table of all keys, outside the heap if the target is a cache in this process, which keeps only copies.
// A client may still have a key in a queue when its session is over.
func newKeyTable(k *workload.Keys, outside bool) *keyTable {
	n, size := k.Len(), uint64(k.MaxSize())
	t := &keyTable{text: offheap.InHeap[byte](n * size), size: size}
	if outside {
		t.text = offheap.New[byte](n * size)
	}
	text := t.text.All()[:0]
	for i := range n {
		text = k.Append(text, i)
		if t.ends == nil && uint64(len(text)) != (i+1)*size { // all keys before it were alike
			t.ends = offheap.New[uint64](n)
			for j := range i {
				*t.ends.At(j) = (j + 1) * size
			}
		}
		if t.ends != nil {
			*t.ends.At(i) = uint64(len(text))
		}
	}
	return t
}

// at is a key. Its memory is the table's.
func (t *keyTable) at(i uint64) string {
	from, to := i*t.size, (i+1)*t.size
	if t.ends != nil {
		from, to = 0, *t.ends.At(i)
		if i > 0 {
			from = *t.ends.At(i - 1)
		}
	}
	if from == to {
		return ""
	}
	return unsafe.String(t.text.At(from), to-from)
}
