package memory

import (
	"encoding/binary"

	"github.com/cachegopher/cachegopher/lru/internal/region"
)

// AppendState appends to dst what a memory in a file has beside the file.
func (m *Memory) AppendState(dst []byte) []byte {
	le := binary.LittleEndian
	for _, n := range []uint32{uint32(len(m.pages)), m.ready.Load(), m.Generation, m.freeCount, uint32(m.held), m.freePages, m.coldPages, m.dirtyTop, m.sweepPage} {
		dst = le.AppendUint32(dst, n)
	}
	for i := range m.classes {
		cs := &m.classes[i]
		for _, n := range [...]uint32{cs.roomy, cs.room, cs.pages} {
			dst = le.AppendUint32(dst, n)
		}
	}
	for i := range m.pages {
		pg := &m.pages[i]
		dst = le.AppendUint32(dst, pg.next)
		dst = le.AppendUint32(dst, pg.prev)
		dst = le.AppendUint32(dst, pg.free)
		dst = le.AppendUint32(dst, uint32(pg.live)|uint32(pg.bump)<<16)
		dst = le.AppendUint64(dst, uint64(pg.minExpiry))
	}
	return dst
}

// LoadState reads what AppendState wrote into m, which Keep has made lie in the file. The classes of pages come from
// there. It fails d if anything would lead outside of the arena, or differs from the Control, and changes nothing in the
// file.
func (m *Memory) LoadState(d *region.Decoder) {
	most := m.reserved >> m.pageShift
	pages, ready := d.Below(most+1), d.Below(m.reserved+1)
	m.Generation = d.U32()
	m.freeCount, m.held = d.Below(most), int64(d.Below(most))
	m.freePages, m.coldPages, m.dirtyTop, m.sweepPage = d.Below(max(pages, 1)), d.Below(max(pages, 1)), d.Below(most+1), d.Below(most+1)
	if pages == 0 || pages > 1 && ready>>m.pageShift < pages || ready != m.ctl.End || m.Generation != m.ctl.Generation || m.Generation&^GenerationBit != 0 {
		d.Fail()
		return
	}
	for i := range m.classes {
		cs := &m.classes[i]
		cs.roomy, cs.room, cs.pages = d.Below(pages), d.U32(), d.Below(pages)
		if cs.room > cs.pages*cs.perPage {
			d.Fail()
		}
		if cs.room >= cs.perPage {
			m.sparse |= 1 << i
		}
	}
	if d.Left() < int(pages)*24 {
		d.Fail()
		return
	}
	m.pages = make([]page, pages)
	for i := range m.pages {
		m.loadPage(d, uint32(i))
	}
	m.ready.Store(ready)
}

func (m *Memory) loadPage(d *region.Decoder, p uint32) {
	pg := &m.pages[p]
	count := uint32(len(m.pages))
	pg.next, pg.prev, pg.free = d.Below(count), d.Below(count), d.U32()
	slots := d.U32()
	pg.live, pg.bump, pg.minExpiry = uint16(slots), uint16(slots>>16), d.I64()
	pg.class = m.shown[p] - 1
	if pg.class == NoClass || p == 0 {
		return
	}
	if int(pg.class) >= len(m.classes) {
		d.Fail()
		return
	}
	most := m.classes[pg.class].perPage
	if uint32(pg.live) > most || uint32(pg.bump) > most || pg.free != 0 && pg.free>>m.pageShift != p {
		d.Fail()
	}
}
