package shadow

import (
	"encoding/binary"

	"github.com/cachegopher/cachegopher/lru/policy"
)

// What a bank knows can outlive the process: the hashes and sizes of its keys, and the queues of each simulation. What was counted
// is not kept, neither of reads nor by sketches, which begin with two uses of what is in LFU's main segment.

// AppendState appends to dst what LoadState of a bank with the same setups takes.
func (b *bank[N]) AppendState(dst []byte) []byte {
	numbers := make([]uint32, len(b.keys.hash))
	dst = append(dst, byte(b.level))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(b.keys.used))
	n := uint32(0)
	for k := 1; k < len(b.keys.hash); k++ {
		if b.keys.refs[k] > 0 {
			numbers[k] = n
			n++
			dst = binary.LittleEndian.AppendUint64(dst, b.keys.hash[k])
			dst = binary.LittleEndian.AppendUint32(dst, b.keys.size[k])
		}
	}
	for _, s := range b.sims {
		for list := window; list < allLists; list++ {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(s.count[list]))
			for k := s.oldest(list); k != s.root(list); k = s.prev[k] {
				dst = binary.LittleEndian.AppendUint16(dst, uint16(numbers[k]))
				dst = append(dst, s.state[k]&^listBits)
			}
		}
	}
	return dst
}

// LoadState makes a new bank know what AppendState wrote, as far as it has room, and reports whether it was that; if not, the bank
// knows nothing.
func (b *bank[N]) LoadState(state []byte) bool {
	r := &stateReader{rest: state}
	b.level, b.halved = uint(r.number(1))%64, b.memory
	numbers := b.loadKeys(r)
	for _, s := range b.sims {
		s.capacity = 1<<63 - 1 // nothing leaves before all is there
		for list := window; list < allLists; list++ {
			s.loadList(r, list, numbers)
		}
	}
	ok := !r.bad && len(r.rest) == 0
	if !ok {
		b.level, b.halved = 0, 0
		b.Flush()
	}
	for _, k := range numbers {
		if ok && k != 0 {
			b.keys.release(k)
		}
	}
	b.setCapacities()
	return ok
}

// loadKeys returns the keys by their numbers, with a reference of each.
func (b *bank[N]) loadKeys(r *stateReader) (numbers []N) {
	n := int(r.number(4))
	for i := 0; i < n && !r.bad; i++ {
		h, size := r.number(8), uint32(r.number(4))
		if b.keys.free == 0 || b.keys.find(h) != 0 || h > b.Threshold() {
			r.bad = true
			break
		}
		k := b.keys.add(h, size)
		b.keys.refs[k]++
		numbers = append(numbers, k)
	}
	return numbers
}

// loadList fills an empty list. Only S3-FIFO and LFU have ghosts.
func (s *simulation[N]) loadList(r *stateReader, list int, numbers []N) {
	n := int(r.number(4))
	for i := 0; i < n && !r.bad; i++ {
		number, uses := int(r.number(2)), uint8(r.number(1))
		if r.bad || number >= len(numbers) || s.in(numbers[number]) != none || uses > mostUses || uses&listBits != 0 {
			r.bad = true
			break
		}
		if k := numbers[number]; list != ghost || s.rule.Kind == S3FIFO || s.rule.Kind == LFU {
			s.keys.refs[k]++
			s.link(k, list)
			s.state[k] |= uses
		}
	}
	if s.rule.Kind != LFU {
		return
	}
	s.sketch.grow(s.entries())
	if list == main {
		s.countMain()
	}
}

// countMain counts what is in LFU's main segment as used about as often as it must have been to be there. Without counts any ghost would
// be as good.
func (s *simulation[N]) countMain() {
	for k := s.oldest(main); k != s.root(main); k = s.prev[k] {
		for range 1 + policy.Lead {
			s.sketch.add(s.keys.hash[k])
		}
	}
}

// stateReader reads numbers, the least byte first. Once there are too few bytes, it is bad and all others are 0.
type stateReader struct {
	rest []byte
	bad  bool
}

func (r *stateReader) number(bytes int) (n uint64) {
	if len(r.rest) < bytes {
		r.bad, r.rest = true, nil
		return 0
	}
	for i := range bytes {
		n |= uint64(r.rest[i]) << (8 * i)
	}
	r.rest = r.rest[bytes:]
	return n
}
