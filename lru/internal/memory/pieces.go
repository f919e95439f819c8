package memory

// A piece of the arena is as long as a large page, of CommitStep bytes. Once all of its pages are held, and so count against the
// budget, the system can put it into one large page, which saves most of the time for the translation of addresses. That takes
// long, so it happens without the shard's lock: SmallPiece, Enlarge, Enlarged.

// Piece is a part of a shard's arena.
type Piece struct {
	number   uint32
	bytes    []byte
	releases uint32 // of the memory when the piece was returned
}

// Number is the piece's number in its shard.
func (p *Piece) Number() uint32 { return p.number }

// SmallPiece returns the first piece from number on of which all pages are held, and that is not known to be in a large page. Page
// 0, which is never used, counts as held.
func (m *Memory) SmallPiece(number uint32) (p Piece, ok bool) {
	whole := uint32(uint64(len(m.pages)) << m.pageShift / largeUnits)
	for ; number < whole; number++ {
		if (number >= uint32(len(m.enlarged)) || !m.enlarged[number]) && !m.anyCold(number) {
			return Piece{number, m.large(number), m.releases}, true
		}
	}
	return Piece{}, false
}

// anyCold reports whether memory of the piece was given back to the system.
func (m *Memory) anyCold(number uint32) bool {
	for c := m.coldPages; c != 0; c = m.pages[c].next {
		if c<<m.pageShift/largeUnits == number {
			return true
		}
	}
	return false
}

// Enlarged notes that the piece is in a large page. If memory was given back meanwhile, some of the piece may be resident again that
// nobody uses: it is given back once more, and the piece counts as small.
func (m *Memory) Enlarged(p Piece) {
	from, to := p.number*largeUnits, (p.number+1)*largeUnits
	if m.releases != p.releases {
		for c := m.coldPages; c != 0; c = m.pages[c].next {
			if at := c << m.pageShift; at >= from && at < to {
				m.release(at, (c+1)<<m.pageShift)
			}
		}
		if end := to >> m.pageShift; end > uint32(len(m.pages)) {
			m.dirtyTop = max(m.dirtyTop, end)
		}
		return
	}
	for uint32(len(m.enlarged)) <= p.number {
		m.enlarged = append(m.enlarged, false)
	}
	m.enlarged[p.number] = true
}

// giveBack gives the memory of [from, to) back to the system. Large pages of which that is a part are none any more.
func (m *Memory) giveBack(from, to uint32) {
	m.release(from, to)
	m.releases++
	for number := from / largeUnits; number < min((to+largeUnits-1)/largeUnits, uint32(len(m.enlarged))); number++ {
		m.enlarged[number] = false
	}
}
