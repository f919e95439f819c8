package load

import "github.com/cachegopher/cachegopher/bench/workload"

// keyTable holds all keys in one string, memory without pointers, so that libraries can be called without creating a
// string for each call.
type keyTable struct {
	text string
	size int      // of each key, if they are all alike
	ends []uint64 // of each key in text, otherwise
}

func newKeyTable(k *workload.Keys) *keyTable {
	n := k.Len()
	text := make([]byte, 0, n*uint64(k.MaxSize()))
	t := &keyTable{size: k.MaxSize(), ends: make([]uint64, n)}
	for i := range n {
		text = k.Append(text, i)
		t.ends[i] = uint64(len(text))
	}
	if uint64(len(text)) == n*uint64(t.size) {
		t.ends = nil
	}
	t.text = string(text)
	return t
}

func (t *keyTable) at(i uint64) string {
	if t.ends == nil {
		from := i * uint64(t.size)
		return t.text[from : from+uint64(t.size)]
	}
	from := uint64(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.text[from:t.ends[i]]
}
