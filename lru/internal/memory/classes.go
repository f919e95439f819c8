package memory

import "fmt"

// Slots come in size classes, so that a slot given up by one entry serves the next. Sizes step by 8 bytes up to 256
// and by about a ninth above, widened so that slots divide a page evenly.

const (
	minSlot     = 24
	fineSlots   = 256 // up to here a class for every 8 bytes
	maxClasses  = 64  // chunks and segments included, so that a set of classes is one word
	perPageMost = 7   // slots that a page has of the largest entries
)

// Pages have 4 to 64 KB.
const (
	MinPageShift = 12 // log2 of the bytes of the smallest page
	MaxPageShift = 16 // log2 of the bytes of the largest page
)

// Classes defines how pages are cut into slots; all shards of a cache share it. The last two classes are not for
// entries: the chunks of long entries, and the segments of the index.
type Classes struct {
	Chunk   uint8 // the class of chunks
	Segment uint8 // the class of segments

	sizes      []uint32 // slot bytes of the entry classes, ascending
	byUnits    []uint8  // the class of an entry by its units
	pageBytes  uint32
	chunkBytes uint32
	pageShift  uint8 // log2 of the units of a page
}

// NewClasses returns the classes for pages of 1<<shift bytes. It panics unless shift is from MinPageShift to
// MaxPageShift.
func NewClasses(shift uint) *Classes {
	if shift < MinPageShift || shift > MaxPageShift {
		panic(fmt.Sprintf("memory: pages of 1<<%d bytes", shift))
	}
	pageBytes := uint32(1) << shift
	t := &Classes{pageBytes: pageBytes, chunkBytes: pageBytes / 8, pageShift: uint8(shift - 3)}
	largest := pageBytes / perPageMost &^ 7
	for size := uint32(minSlot); ; {
		if size > fineSlots {
			size = pageBytes / (pageBytes / size) &^ 7
		}
		size = min(size, largest)
		t.sizes = append(t.sizes, size)
		if size == largest {
			break
		}
		if size < fineSlots {
			size += 8
		} else {
			size += max(16, size/9&^7)
		}
	}
	t.byUnits = make([]uint8, largest/unit+1)
	for u, c := range t.byUnits {
		if u > 0 {
			c = t.byUnits[u-1]
		}
		for t.sizes[c] < uint32(u)*unit {
			c++
		}
		t.byUnits[u] = c
	}
	t.Chunk = uint8(len(t.sizes))
	t.Segment = t.Chunk + 1
	return t
}

// of returns the class for an entry of n bytes. REQUIRES: n is at most the largest size.
func (t *Classes) of(n int) uint8 { return t.byUnits[(n+unit-1)/unit] }

// PageBytes is the size of a page.
func (t *Classes) PageBytes() int64 { return int64(t.pageBytes) }

// LeastPages is how many pages a shard must be able to hold so that it can make room for any entry of up to size bytes
// by evicting its own: the entry's chunks, its first part, what a split of the index takes, and a page to empty others
// into.
func (t *Classes) LeastPages(size int64) int64 {
	data := int64(t.chunkBytes) - chunkHead
	chunks := (size + data - 1) / data
	perPage := int64(t.pageBytes / t.chunkBytes)
	return (chunks+perPage-1)/perPage + 5
}
