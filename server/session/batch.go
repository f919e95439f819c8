package session

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/ring"
)

// Batch holds requests that are decoded together, so that the store can load the memory of their keys before the first is
// executed. The Loop owns it.
type Batch struct {
	// Args are the arguments of all requests. A decoder appends the arguments of one request and then calls Add.
	Args []wire.Span

	store    lru.Shards
	requests [lru.MaxBatch]request
	count    int
	hashes   [lru.MaxBatch]uint64 // of the requests that are hashed
	hashed   int
	slots    bool // the slots of keys are needed
}

// request is a decoded command waiting to be executed.
type request struct {
	cmd    *Handler
	first  uint32 // in Batch.Args
	argc   uint32
	end    int // offset in the input of the byte after this request
	hash   uint64
	slot   int16 // of the first key; negative: not known
	hashed bool
}

func (b *Batch) clear() { b.count, b.hashed, b.Args = 0, 0, b.Args[:0] }

// Len is the number of requests in the batch.
func (b *Batch) Len() int { return b.count }

// Full reports whether there is no room for another request.
func (b *Batch) Full() bool { return b.count == lru.MaxBatch || len(b.Args) > 4096 }

// Add adds the request whose arguments are Args[first:], spans of in, and hashes its first key. h is nil for a command
// that does not exist. end is the offset of the input after it. REQUIRES: the batch is not Full.
func (b *Batch) Add(h *Handler, in []byte, first, end int) {
	r := &b.requests[b.count]
	b.count++
	// One by one: a literal is built elsewhere and copied, by loads that are wider than the stores and so wait for them.
	r.cmd, r.first, r.argc, r.end = h, uint32(first), uint32(len(b.Args)-first), end
	r.slot, r.hashed = -1, false
	if h == nil {
		return
	}
	if key := h.key; key > 0 && key < int(r.argc) {
		k := b.Args[first+key].Of(in)
		r.hash = b.store.Hash(k)
		r.hashed = true
		b.hashes[b.hashed] = r.hash
		b.hashed++
		if b.slots { // between the locks of the execution it would cost more
			r.slot = int16(ring.SlotBytes(k))
		}
	}
}

// warm makes the store load the memory that the batch's keys will touch.
func (b *Batch) warm() {
	if b.hashed > 1 {
		b.store.Warm(b.hashes[:b.hashed])
	}
}
