package lru

// Slots come in size classes, so that a slot given up by one entry serves the
// next. Sizes step by 8 bytes up to 256 and by about a ninth above, widened to
// what divides a page evenly.

const (
	minSlot     = 24
	fineSlots   = 256 // up to here a class for every 8 bytes
	maxClasses  = 64  // chunks and segments included, so that a set of classes is one word
	perPageMost = 7   // slots that a page has of the largest entries
)

// sizeClasses is the table that all shards of a cache share. The last two
// classes are not for entries: chunks of long values and segments of the index.
type sizeClasses struct {
	sizes   []uint32 // slot bytes of the entry classes, ascending
	byUnits []uint8  // the class of an entry of so many units
	chunk   uint8
	segment uint8
}

func newSizeClasses(pageBytes uint32) *sizeClasses {
	t := &sizeClasses{}
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
	t.chunk = uint8(len(t.sizes))
	t.segment = t.chunk + 1
	return t
}

// of returns the class for an entry of n bytes. REQUIRES: n is at most the
// largest size.
func (t *sizeClasses) of(n int) uint8 { return t.byUnits[(n+unit-1)/unit] }
