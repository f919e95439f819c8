package server

// buffer is a queue of bytes: they are appended at the end and consumed from the front.
type buffer struct {
	b   []byte
	off int // b[:off] is consumed
}

func (q *buffer) len() int { return len(q.b) - q.off }

// bytes returns what is not consumed, valid until the buffer is changed.
func (q *buffer) bytes() []byte { return q.b[q.off:] }

// append adds p at the end. What is consumed makes room first, so that a queue whose length is bounded
// has a bounded capacity.
func (q *buffer) append(p []byte) {
	if q.off > 0 && len(q.b)+len(p) > cap(q.b) {
		q.compact()
	}
	q.b = append(q.b, p...)
}

func (q *buffer) compact() {
	n := copy(q.b, q.b[q.off:])
	q.b, q.off = q.b[:n], 0
}

// consume drops n bytes from the front.
func (q *buffer) consume(n int) { q.off += n }

// Sizes of the buffers that a loop keeps for its connections to use again.
const (
	minBuffer   = 4 << 10
	maxFree     = 128 << 10
	freeBuffers = 16
)

// freeList keeps a few buffers of a loop, so that requests cut by a read cost no allocation.
type freeList [][]byte

// get returns an empty buffer with room for n bytes.
func (f *freeList) get(n int) []byte {
	list := *f
	for i := len(list) - 1; i >= 0; i-- {
		if b := list[i]; cap(b) >= n {
			last := len(list) - 1
			list[i], list[last] = list[last], nil
			*f = list[:last]
			return b[:0]
		}
	}
	size := minBuffer
	for size < n && size < maxFree {
		size *= 2
	}
	return make([]byte, 0, max(n, size))
}

// put takes back a buffer. One too many takes the place of a smaller one, since any size is served by
// a large one.
func (f *freeList) put(b []byte) {
	if c := cap(b); c == 0 || c > maxFree {
		return
	}
	list := *f
	if len(list) < freeBuffers {
		*f = append(list, b[:0])
		return
	}
	for i := range list {
		if cap(list[i]) < cap(b) {
			list[i] = b[:0]
			return
		}
	}
}

// release empties q and gives its memory back to f.
func (q *buffer) release(f *freeList) {
	f.put(q.b)
	*q = buffer{}
}
