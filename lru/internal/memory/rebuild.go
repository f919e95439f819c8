package memory

import "fmt"

// maxBody is the length of the longest key and value together.
const maxBody = 1 << 16

// Rebuild makes the page descriptors of a memory in a file anew, after the death of the process that had it, from what
// refers to its slots. It trusts nothing that it reads there: each offset and length is checked before it is followed.
type Rebuild struct {
	m     *Memory
	pages uint32   // of the arena that were ever in use, page 0 included
	owned []uint64 // a bit for each unit of the arena: a slot that something refers to begins there

	Entries, LiveBytes, Expiring int64
	// Head is the entry without a predecessor in the order of use, of which there must be one if there are entries.
	Head  uint32
	heads int
}

// NewRebuild begins with m, which Keep has made lie in the file.
func NewRebuild(m *Memory) (*Rebuild, error) {
	end := m.ctl.End
	if end > m.reserved || end&(1<<m.pageShift-1) != 0 {
		return nil, fmt.Errorf("%d units of %d are in use", end, m.reserved)
	}
	b := &Rebuild{m: m, pages: max(end>>m.pageShift, 1), owned: make([]uint64, (end+63)/64)}
	m.ready.Store(end)
	m.pages = make([]page, b.pages)
	for p := range m.pages {
		m.pages[p] = page{class: NoClass, minExpiry: noExpiry}
	}
	b.prepare()
	return b, nil
}

// prepare has the system map the pages that hold something in few calls: a fault for each takes longer. It leaves holes
// alone, which would become resident.
func (b *Rebuild) prepare() {
	m := b.m
	for from := uint32(1); from < b.pages; {
		to := from
		for to < b.pages && m.shown[to] != 0 {
			to++
		}
		if from < to {
			m.prepare(from<<m.pageShift, to<<m.pageShift)
		}
		from = to + 1
	}
}

// Own notes that something refers to a slot of class c at off. The error says that there is none, or that something else
// refers to it.
func (b *Rebuild) Own(off uint32, c uint8) error {
	m := b.m
	p := off >> m.pageShift
	if p == 0 || p >= b.pages || m.shown[p]-1 != c {
		return fmt.Errorf("%d is not in a page of class %d", off, c)
	}
	cs := &m.classes[c]
	n := (off & (1<<m.pageShift - 1)) / (cs.size / unit)
	if n >= cs.perPage || p<<m.pageShift+n*(cs.size/unit) != off {
		return fmt.Errorf("%d is not the beginning of a slot of class %d", off, c)
	}
	if b.owned[off/64]>>(off%64)&1 != 0 {
		return fmt.Errorf("the slot at %d is referred to twice", off)
	}
	b.owned[off/64] |= 1 << (off % 64)
	pg := &m.pages[p]
	pg.class = c
	pg.live++
	pg.bump = max(pg.bump, uint16(n+1))
	return nil
}

// Entry checks the entry at off, its chunks included, and returns its key, valid until the next call.
func (b *Rebuild) Entry(off uint32) (key []byte, err error) {
	m := b.m
	p := off >> m.pageShift
	if p == 0 || p >= b.pages {
		return nil, fmt.Errorf("entry at %d: it is outside of the pages", off)
	}
	c := m.shown[p] - 1
	if c >= m.table.Chunk { // NoClass too
		return nil, fmt.Errorf("entry at %d: its page has class %d", off, c)
	}
	if err := b.Own(off, c); err != nil {
		return nil, fmt.Errorf("entry: %w", err)
	}
	h := m.Entry(off)
	if h.Size() > maxBody {
		return nil, fmt.Errorf("entry at %d: it has %d bytes", off, h.Size())
	}
	sh := m.Shape(h.KeyLen(), h.ValueLen(), h.expires())
	if sh.class() != c {
		return nil, fmt.Errorf("entry at %d: of %d bytes, in a slot of class %d", off, h.Size(), c)
	}
	if m.Chained(h) {
		if err := b.chain(off, sh.chunks()); err != nil {
			return nil, fmt.Errorf("entry at %d: %w", off, err)
		}
	}
	b.count(off, h)
	return m.Key(off), nil
}

// count notes what is known of the entry at off, and ends its generation: whatever was under way is over.
func (b *Rebuild) count(off uint32, h *Header) {
	b.Entries++
	b.LiveBytes += int64(h.Size())
	if at := b.m.Expiry(off); at != 0 {
		b.Expiring++
		b.m.noteExpiry(off, at)
	}
	if h.Generation() != 0 {
		h.SetGeneration(0)
	}
	if h.Prev == 0 {
		b.Head = off
		b.heads++
	}
}

// chain checks that the entry at off has n chunks.
func (b *Rebuild) chain(off uint32, n int) error {
	m := b.m
	owner, c := off, *m.linkOf(off, m.Entry(off))
	for ; n > 0; n-- {
		if err := b.Own(c, m.table.Chunk); err != nil {
			return fmt.Errorf("chunk: %w", err)
		}
		ch := m.chunkAt(c)
		if ch.owner != owner {
			return fmt.Errorf("the chunk at %d belongs to %d", c, ch.owner)
		}
		owner, c = c, ch.next
	}
	if c != 0 {
		return fmt.Errorf("the chunk at %d is beyond its end", c)
	}
	return nil
}

// HasEntry reports whether Entry has seen an entry at off, which may be any number.
func (b *Rebuild) HasEntry(off uint32) bool {
	p := off >> b.m.pageShift
	return p < b.pages && b.m.pages[p].class < b.m.table.Chunk && b.owned[off/64]>>(off%64)&1 != 0
}

// CheckHeads returns an error unless one entry is the first in the order of use.
func (b *Rebuild) CheckHeads() error {
	if want := int(min(b.Entries, 1)); b.heads != want {
		return fmt.Errorf("%d entries have no predecessor, want %d", b.heads, want)
	}
	return nil
}

// Finish completes the memory: what nothing refers to is free, and pages that hold nothing go back to the system.
func (b *Rebuild) Finish() {
	m := b.m
	m.SetGeneration(0)
	top := b.pages
	for top > 1 && m.pages[top-1].live == 0 {
		top--
	}
	for from := uint32(1); from < b.pages; {
		to := from
		for to < b.pages && m.pages[to].live == 0 {
			m.shown[to] = 0
			to++
		}
		m.release(from<<m.pageShift, to<<m.pageShift)
		for from = to; from < b.pages && m.pages[from].live > 0; from++ {
			b.finishPage(from)
		}
	}
	m.pages = m.pages[:top]
	for p := top; p > 1; {
		if p--; m.pages[p].live == 0 {
			m.linkPage(&m.coldPages, p)
		}
	}
	for c := range m.classes {
		if cs := &m.classes[c]; cs.room >= cs.perPage {
			m.sparse |= 1 << c
		}
	}
}

// finishPage counts page p, and links its free slots.
func (b *Rebuild) finishPage(p uint32) {
	m := b.m
	pg := &m.pages[p]
	cs := &m.classes[pg.class]
	m.held++
	cs.pages++
	cs.room += cs.perPage - uint32(pg.live)
	if uint32(pg.live) < cs.perPage {
		m.linkPage(&cs.roomy, p)
	}
	if pg.live == pg.bump {
		return
	}
	off := p << m.pageShift
	for range pg.bump {
		if b.owned[off/64]>>(off%64)&1 == 0 {
			*m.freeAt(off) = freeSlot{mark: freeMark, next: pg.free}
			pg.free = off
		}
		off += cs.size / unit
	}
}

// Lose makes m, whose contents are lost, as empty as a new one.
func (m *Memory) Lose() {
	m.release(0, m.reserved)
	m.ctl.End = 0
	m.SetGeneration(0)
	m.ready.Store(0)
	GiveBack(m.shown)
	m.Reset()
}
