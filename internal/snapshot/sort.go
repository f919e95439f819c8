package snapshot

import (
	"cmp"
	"math/bits"
	"slices"
)

const (
	digitBits   = 8
	digits      = 1 << digitBits
	sortedAlone = 64   // notes that are sorted by comparing them
	sortStep    = 8192 // notes that are looked at in one step
)

// sort puts notes in order, the oldest first, in short steps: millions of them take some tenths of a second, in which a
// client would wait if there is only one processor. It is an American flag sort (McIlroy, Bostic, McIlroy: Engineering
// Radix Sort, 1993), which needs no memory beside the notes.
func (s *saver) sort(notes []note) error {
	most := uint32(0)
	for _, n := range notes {
		most = max(most, n.age)
	}
	return s.sortBits(notes, uint(bits.Len32(most)))
}

// sortBits is sort for notes whose ages differ in their lowest width bits only.
func (s *saver) sortBits(notes []note, width uint) error {
	if width == 0 {
		return nil
	}
	if len(notes) <= sortedAlone {
		slices.SortFunc(notes, func(a, b note) int { return cmp.Compare(b.age, a.age) })
		return nil
	}
	shift := width - min(width, digitBits)
	digit := func(n note) uint32 { return digits - 1 - n.age>>shift%digits }
	var next, end [digits]int // of each digit's place: where its next note goes, and where it ends
	for _, n := range notes {
		end[digit(n)]++
	}
	from := 0
	for d := range end {
		next[d], end[d] = from, from+end[d]
		from = end[d]
	}
	moved := 0
	for d := range next {
		for next[d] < end[d] {
			n := notes[next[d]]
			for to := digit(n); to != uint32(d); to = digit(n) {
				n, notes[next[to]] = notes[next[to]], n
				next[to]++
				moved++
			}
			notes[next[d]] = n
			next[d]++
			if moved++; moved >= sortStep {
				moved = 0
				if err := s.step(); err != nil {
					return err
				}
			}
		}
	}
	from = 0
	for _, to := range end {
		if err := s.sortBits(notes[from:to], shift); err != nil {
			return err
		}
		from = to
	}
	return s.step()
}
