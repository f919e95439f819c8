package order

import (
	"encoding/binary"
	"fmt"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/internal/region"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// AppendState appends to dst what the order has beside the entries, without the ghosts.
func (o *Order) AppendState(dst []byte) []byte {
	for _, n := range [...]uint32{o.head, o.tail, o.uses, o.entries, uint32(o.policy), o.small, o.mark, o.hand} {
		dst = binary.LittleEndian.AppendUint32(dst, n)
	}
	return dst
}

// LoadState reads what AppendState wrote into o, which is empty, and has the policy of the time from then on. It fails d if
// an entry is not below end.
func (o *Order) LoadState(d *region.Decoder, end uint32) {
	end = max(end, 1)
	o.head, o.tail, o.uses = d.Below(end), d.Below(end), d.U32()
	o.entries = d.U32()
	o.setPolicy(policy.Policy(d.Below(uint32(len(policy.Fixed())))))
	o.small, o.mark, o.hand = d.Below(o.entries+1), d.Below(end), d.Below(end)
	if none := o.entries == 0; none != (o.head == 0) || none != (o.tail == 0) || (o.mark != 0) != (o.segmented() && o.small < o.entries) {
		d.Fail()
	}
}

// AppendState appends to dst what i remembers.
func (i *Idle) AppendState(dst []byte) []byte {
	le := binary.LittleEndian
	for _, t := range i.tracks() {
		dst = le.AppendUint32(dst, uint32(t.next))
		for j := range t.uses {
			dst = le.AppendUint64(le.AppendUint32(dst, t.uses[j]), uint64(t.times[j]))
		}
	}
	return dst
}

// LoadState reads what AppendState wrote.
func (i *Idle) LoadState(d *region.Decoder) {
	for _, t := range i.tracks() {
		t.next = int(d.Below(trackLen))
		for j := range t.uses {
			t.uses[j], t.times[j] = d.U32(), d.I64()
		}
	}
}

// Walk goes through the order of use of one shard after the death of the process that had it, from the newest entry on, and
// checks each link before it follows it. The segments follow from the stamps.
type Walk struct {
	o         *Order
	m         *memory.Memory
	b         *memory.Rebuild
	off, prev uint32
	seen      int64
	newest    uint32 // stamp
	done      bool
	// Err says that the links are not a list of all entries; valid after WalkAll.
	Err error
}

// NewWalk begins a walk for o, which is empty, through the entries that b has seen.
func NewWalk(o *Order, m *memory.Memory, b *memory.Rebuild) *Walk {
	w := &Walk{o: o, m: m, b: b, off: b.Head, Err: b.CheckHeads()}
	w.done = w.Err != nil || w.off == 0
	if !w.done {
		o.head, w.newest = w.off, m.Entry(w.off).Stamp()
	}
	return w
}

// WalkAll finishes the walks. It takes a step of each in turn, so that what they wait for, the next entry of each, is
// loaded while the others go on.
func WalkAll(walks []*Walk) {
	for active := true; active; {
		active = false
		for _, w := range walks {
			if !w.done {
				w.step()
				active = true
			}
		}
	}
}

func (w *Walk) step() {
	h := w.m.Entry(w.off)
	w.seen++
	if h.Prev != w.prev || w.seen > w.b.Entries {
		w.end(fmt.Errorf("the entry at %d follows that at %d, which precedes it", w.prev, h.Prev))
		return
	}
	if w.age(h.Stamp()) > memory.StampMask/2 { // used later
		w.newest = h.Stamp()
	}
	w.segment(h)
	w.prev, w.off = w.off, h.Next
	switch {
	case w.off == 0 && w.seen == w.b.Entries:
		w.end(nil)
	case w.off == 0:
		w.end(fmt.Errorf("the list has %d entries, the index %d", w.seen, w.b.Entries))
	case !w.b.HasEntry(w.off):
		w.end(fmt.Errorf("the entry at %d is followed by %d, which is none", w.prev, w.off))
	default:
		w.m.Expect(w.off)
	}
}

func (w *Walk) age(stamp uint32) uint32 {
	return (w.newest&^flags - stamp&^flags) & memory.StampMask
}

// segment counts the entry in its segment, which is the main one unless all entries before are in the small one.
func (w *Walk) segment(h *memory.Header) {
	stamp := h.Stamp()
	switch {
	case w.o.segmented() && w.o.mark == 0 && stamp&inSmall != 0:
		w.o.small++
	default:
		if w.o.segmented() && w.o.mark == 0 {
			w.o.mark = w.off
		}
		if stamp&inSmall != 0 {
			h.SetStamp(stamp &^ inSmall)
		}
	}
}

// end completes the order, unless err is not nil.
func (w *Walk) end(err error) {
	w.done, w.Err = true, err
	if err == nil {
		w.o.tail, w.o.uses = w.prev, w.newest|flags
		w.o.setEntries(uint32(w.seen))
	}
}
