// Package memory holds the entries of one shard: an arena of addresses that is reserved at once and used page by page,
// pages that are cut into slots of one size class each, and entries whose bytes are chained over several slots where
// one would be too large.
//
// It knows neither how an entry is found nor which one leaves next. Whoever uses it claims budgets before it takes
// pages, and is notified when an entry, a chunk or a segment of the index moves to another slot.
//
// Slots refer to each other by 32-bit offsets in units of 8 bytes from the start of the arena, so the garbage
// collector sees a constant number of objects however many entries there are. Offset 0 means none.
package memory

import "github.com/cachegopher/cachegopher/lru/internal/region"

// CacheLine is how far apart data must be that different processors change.
const CacheLine = 64

// ConstantBytes is the size of the front of a Memory that hardly ever changes, where memory is mapped.
const ConstantBytes = 32

// Memory is the memory of one shard. Its methods require the shard's lock, unless their comments say otherwise.
type Memory struct {
	// Readers without the lock use nothing but the first ConstantBytes, only the arena's end of which ever changes.
	arena
	chunkBytes uint32 // of a chunk's slot
	pageShift  uint8  // log2 of the units of a page
	kept       bool   // the memory lies in a file

	// Generation is GenerationBit or 0, the generation of entries stored from now on: see SetGeneration.
	Generation uint32

	freeCount uint32 // pages that hold nothing
	sparse    uint64 // classes with at least a page's worth of free slots, a bit each
	pages     []page
	classes   []classState
	ctl       *region.Control // nil if nobody reads it
	shown     []byte          // in a file: the class of each page plus one, 0: it holds nothing
	held      int64           // pages in classes or free, counted against the budget
	table     *Classes
	freePages uint32 // list of pages that hold nothing
	coldPages uint32 // list of pages whose memory was given back to the system
	dirtyTop  uint32 // pages from len(pages) to here may still be resident after Reset
	sweepPage uint32 // where the search for expired entries goes on
	scratch   []byte // a key that is chained, put together
	enlarged  []bool // pieces that lie in a large page, by their numbers
	releases  uint32 // how often memory was given back
}

// Init makes m empty, with pages cut according to table. segmentBytes is the size of the slots of class table.Segment.
// Without Reserve it never grants a page.
func (m *Memory) Init(table *Classes, segmentBytes uint32) {
	pageBytes := table.pageBytes
	m.table, m.chunkBytes, m.pageShift = table, table.chunkBytes, table.pageShift
	m.classes = make([]classState, len(table.sizes)+2)
	for i := range m.classes {
		switch uint8(i) {
		case table.Chunk:
			m.classes[i].size = table.chunkBytes
		case table.Segment:
			m.classes[i].size = segmentBytes
		default:
			m.classes[i].size = table.sizes[i]
		}
		m.classes[i].perPage = pageBytes / m.classes[i].size
	}
	m.pages = make([]page, 1, 16)
	if Poisoned {
		m.ctl = &region.Control{}
	}
}

// Keep makes the memory of m, which is empty and has no range, lie in a file: its pages in the arena. REQUIRES: CanShare.
func (m *Memory) Keep(ctl *region.Control, classes, arena []byte) {
	m.ctl, m.shown, m.kept = ctl, classes, true
	m.use(arena)
}

// Kept reports whether the memory lies in a file.
func (m *Memory) Kept() bool { return m.kept }

// Reserve takes size bytes of addresses, but no memory yet. large allows large pages; it REQUIRES region.SmallByDefault.
func (m *Memory) Reserve(size int64, large bool) error { return m.reserve(size, m.pageShift, large) }

// Reset makes m empty, however full it is: it forgets all pages at once. Their memory stays resident until
// ReleaseDirty has given it back.
func (m *Memory) Reset() {
	m.MustChange()
	m.dirtyTop = max(m.dirtyTop, uint32(len(m.pages)))
	if m.kept {
		clear(m.shown[:len(m.pages)])
	}
	m.pages = m.pages[:1]
	for i := range m.classes {
		cs := &m.classes[i]
		cs.roomy, cs.room, cs.pages = 0, 0, 0
	}
	m.sparse, m.freePages, m.freeCount, m.coldPages, m.held = 0, 0, 0, 0, 0
	m.sweepPage = 0
	if m.ctl != nil {
		m.ctl.Flushes++
	}
}

// dirtyStep is how many bytes ReleaseDirty gives back at most.
const dirtyStep = 1 << 20

// ReleaseDirty gives some of the memory that Reset left behind back to the system, from the top down, and reports
// whether there is more.
func (m *Memory) ReleaseDirty() (more bool) {
	top := uint32(len(m.pages))
	if m.dirtyTop <= top {
		m.dirtyTop = 0
		return false
	}
	from := max(top, m.dirtyTop-min(m.dirtyTop, uint32(dirtyStep/unit>>m.pageShift)))
	m.giveBack(from<<m.pageShift, m.dirtyTop<<m.pageShift)
	m.dirtyTop = from
	return from > top
}

// Discard gives all memory back to the system. The addresses stay accessible, but nothing may be stored any more.
func (m *Memory) Discard() { m.discard() }

// Unmapper returns the function that gives up the addresses. Nobody may use m, or load an address of it, once it runs.
func (m *Memory) Unmapper() func() { return m.unmapper() }

// Held is the number of pages taken, counted against the shard's budget.
func (m *Memory) Held() int64 { return m.held }

// Classes returns the table passed to Init.
func (m *Memory) Classes() *Classes { return m.table }

// HeldBytes is Held in bytes.
func (m *Memory) HeldBytes() int64 { return m.held * m.PageBytes() }

// PageBytes is the size of a page.
func (m *Memory) PageBytes() int64 { return unit << m.pageShift }

// FreePages is the number of pages held that have nothing in them.
func (m *Memory) FreePages() int64 { return int64(m.freeCount) }

// Pages is the number of page descriptors: of all pages that were ever taken since the last Reset.
func (m *Memory) Pages() int { return len(m.pages) }

// DescriptorBytes is the size of the page descriptors, which lie beside the pages.
func (m *Memory) DescriptorBytes() int64 { return int64(len(m.pages)) * PageCost }

// SegmentBytes is the size of the pages that the index has.
func (m *Memory) SegmentBytes() int64 {
	return int64(m.classes[m.table.Segment].pages) * m.PageBytes()
}

// EntryBytes is the size of the slots of all entries and their chunks.
func (m *Memory) EntryBytes() (n int64) {
	for c := range m.classes {
		if cs := &m.classes[c]; uint8(c) != m.table.Segment {
			n += int64(cs.pages*cs.perPage-cs.room) * int64(cs.size)
		}
	}
	return n
}

// Bound limits the bytes that the system grants from now on, and returns the function that lifts the limit. It is
// for tests of a machine that has no memory left.
func (m *Memory) Bound(bytes int64) (lift func()) {
	all := m.reserved
	m.reserved = uint32(bytes / unit)
	return func() { m.reserved = all }
}
