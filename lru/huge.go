package lru

// On a large cache nearly every access to an entry misses the processor's table
// of addresses as well, and walking the page tables takes longer than the load
// itself. Huge pages avoid that, but memory that is taken two megabytes at a time
// by each shard would pass the budget. So memory is taken in small pages, and the
// background work collapses each region into a huge page once the shard has used
// all of it.

// regionSize is the bytes of a huge page.
const regionSize = 2 << 20

// nextFull returns a region that has come into use entirely and has not been
// collapsed, and marks it as collapsed.
func (s *Shard) nextFull() (r uint32, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	perRegion := uint32(regionSize/unit) >> s.pageUnitShift
	if (s.collapsed+1)*perRegion > uint32(len(s.pages)) {
		return 0, false
	}
	s.collapsed++
	return s.collapsed - 1, true
}
