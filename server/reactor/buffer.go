package reactor

// Buffer is a queue of bytes: they are appended at the end and consumed from the front.
type Buffer struct {
	b   []byte
	off int // b[:off] is consumed
}

// Len returns the number of queued bytes.
func (q *Buffer) Len() int { return len(q.b) - q.off }

// Cap returns the buffer's memory in bytes.
func (q *Buffer) Cap() int { return cap(q.b) }

// Bytes returns the bytes not consumed yet, valid until the buffer is changed.
func (q *Buffer) Bytes() []byte { return q.b[q.off:] }

// Take makes an empty buffer use b, from a FreeList, for the next Append.
func (q *Buffer) Take(b []byte) { q.b, q.off = b[:0], 0 }

// Append adds a copy of p at the end. It first reuses the room of consumed bytes, so that a queue of bounded length
// has a bounded capacity.
func (q *Buffer) Append(p []byte) {
	if q.off > 0 && len(q.b)+len(p) > cap(q.b) {
		q.off, q.b = 0, q.b[:copy(q.b, q.b[q.off:])]
	}
	q.b = append(q.b, p...)
}

// Consume drops n bytes from the front.
func (q *Buffer) Consume(n int) { q.off += n }

// Sizes of the buffers that a loop keeps for its connections to use again, in bytes.
const (
	minBuffer   = 4 << 10
	MaxFree     = 256 << 10 // larger ones are left to the garbage collector
	freeBuffers = 16
)

// FreeList keeps a few buffers of a loop, so that requests split between reads cost no allocation.
type FreeList [][]byte

// Get returns an empty buffer with room for n bytes.
func (f *FreeList) Get(n int) []byte { return f.get(n, MaxFree) }

// GetFit returns an empty buffer with room for n bytes and little more: for content that stays long and is charged by
// its capacity.
func (f *FreeList) GetFit(n int) []byte { return f.get(n, 2*n+minBuffer) }

// get returns a buffer with room for n to most bytes.
func (f *FreeList) get(n, most int) []byte {
	list := *f
	for i := len(list) - 1; i >= 0; i-- {
		if b := list[i]; cap(b) >= n && cap(b) <= most {
			last := len(list) - 1
			list[i], list[last] = list[last], nil
			*f = list[:last]
			return b[:0]
		}
	}
	size := minBuffer
	for size < n && size < MaxFree {
		size *= 2
	}
	return make([]byte, 0, max(n, size))
}

// put takes back a buffer. If the list is full it replaces a smaller one, since a large buffer serves most
// sizes.
func (f *FreeList) put(b []byte) {
	if c := cap(b); c == 0 || c > MaxFree {
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

// Release empties q and gives its memory back to f.
func (q *Buffer) Release(f *FreeList) {
	f.put(q.b)
	*q = Buffer{}
}
