package lru

import (
	"bytes"
	"errors"
	"fmt"
)

// Check verifies everything that must hold inside the cache: list, index, pages,
// chains, counters and budgets against each other. It locks all shards for the
// time it takes to look at every entry, so it is for tests. The error names each
// thing that is wrong.
func (c *Cache) Check() error {
	var errs []error
	var pages, entries int64 // held beyond the guarantees
	var bytes, count int64   // as the account of moving entries has them
	c.limits.Lock()
	defer c.limits.Unlock()
	c.lockEach()
	defer c.unlockEach()
	current := c.table.Load()
	for n, t := range c.tables() {
		for i := range t.shards {
			s := &t.shards[i]
			for _, err := range s.check() {
				errs = append(errs, fmt.Errorf("table %d, shard %d: %w", n, i, err))
			}
			bytes, count = bytes+s.accounted(), count+s.stats.entries
			if t == current {
				pages += max(0, s.held-t.shared.pages.each)
				entries += max(0, s.stats.entries-t.shared.entries.each)
			}
		}
	}
	sh := &current.shared
	errs = append(errs, sh.pages.check("pages", pages, len(current.shards)), sh.entries.check("entries", entries, len(current.shards)))
	if d := sh.drain; d != nil && (d.bytes.Load() != bytes || d.entries.Load() != count) {
		errs = append(errs, fmt.Errorf("all tables have %d bytes in %d entries, accounted %d in %d", bytes, count, d.bytes.Load(), d.entries.Load()))
	}
	return errors.Join(errs...)
}

// check compares what is left of the common part with what all shards together
// hold beyond their guarantees.
func (b *budget) check(what string, beyond int64, shards int) error {
	if want := b.total - int64(shards)*b.each - beyond; b.common.Load() != want {
		return fmt.Errorf("%d %s are left of the common part, want %d", b.common.Load(), what, want)
	}
	return nil
}

// checker collects what is wrong with a shard.
type checker struct {
	s     *Shard
	errs  []error
	owned map[uint32]bool // slots that something refers to
}

func (s *Shard) check() []error {
	k := &checker{s: s, owned: map[uint32]bool{}}
	entries := k.list()
	k.index(entries)
	k.pages()
	k.poison()
	k.lists()
	return k.errs
}

func (k *checker) fail(format string, args ...any) {
	if len(k.errs) < 20 {
		k.errs = append(k.errs, fmt.Errorf(format, args...))
	}
}

func (k *checker) own(off uint32, what string) {
	if k.owned[off] {
		k.fail("%s at %d is referred to twice", what, off)
	}
	k.owned[off] = true
}

// list walks the LRU list and checks each entry and the counters.
func (k *checker) list() map[uint32]uint64 {
	s, entries := k.s, map[uint32]uint64{}
	var live, expiring int64
	prev := uint32(0)
	for off := s.head; off != 0; off = s.entry(off).next {
		if _, ok := entries[off]; ok {
			k.fail("the list has a loop at %d", off)
			break
		}
		e := s.entry(off)
		if e.prev != prev {
			k.fail("entry %d: prev is %d, want %d", off, e.prev, prev)
		}
		shape := s.shape(e.keyLen(), e.valueLen(), e.stamp&hasExpiry != 0)
		if got := s.pages[off>>s.pageUnitShift].class; got != shape.class {
			k.fail("entry %d of %d bytes is in class %d, want %d", off, e.size(), got, shape.class)
		}
		k.own(off, "entry")
		if s.chained(e) {
			k.chain(off, shape.chunks)
		}
		if at := s.expiry(off); at != 0 {
			expiring++
			if s.pages[off>>s.pageUnitShift].minExpiry > at {
				k.fail("entry %d expires before its page's minExpiry", off)
			}
		}
		live += int64(e.size())
		entries[off] = s.hashOf(off)
		prev = off
	}
	if s.tail != prev {
		k.fail("tail is %d, the list ends with %d", s.tail, prev)
	}
	if n := int64(len(entries)); n != s.stats.entries || live != s.stats.liveBytes || expiring != s.stats.expiring {
		k.fail("the list has %d entries, %d bytes, %d expiring; counted %d, %d, %d",
			n, live, expiring, s.stats.entries, s.stats.liveBytes, s.stats.expiring)
	}
	return entries
}

func (k *checker) chain(off uint32, n int) {
	s := k.s
	owner, c := off, *s.linkOf(off, s.entry(off))
	for ; c != 0; owner, c = c, s.chunkAt(c).next {
		k.own(c, "chunk")
		if s.chunkAt(c).owner != owner {
			k.fail("chunk %d has owner %d, want %d", c, s.chunkAt(c).owner, owner)
		}
		if n--; n < 0 {
			break
		}
	}
	if n != 0 {
		k.fail("entry %d: %d chunks are missing", off, n)
	}
}

// index checks that the index has exactly the entries of the list, each where a
// lookup finds it.
func (k *checker) index(entries map[uint32]uint64) {
	s, found := k.s, 0
	d := s.dir.Load()
	for i := uint64(0); i < uint64(len(d.segs)); {
		ref := d.segs[i]
		span := uint64(1) << (d.depth - ref.depth())
		for j := i; j < i+span; j++ {
			if d.segs[j] != ref {
				k.fail("directory slot %d differs from slot %d of the same segment", j, i)
			}
		}
		if ref.off() != 0 {
			k.own(ref.off(), "segment")
			found += k.segment(ref, i>>(d.depth-ref.depth()), entries)
		}
		i += span
	}
	if found != len(entries) {
		k.fail("the index has %d entries, the list %d", found, len(entries))
	}
	for off, h := range entries {
		if got := s.find(h, append([]byte(nil), s.keyOf(off)...)); got != off {
			k.fail("lookup of entry %d finds %d", off, got)
		}
	}
}

func (k *checker) segment(ref segRef, prefix uint64, entries map[uint32]uint64) (count int) {
	s := k.s
	overflow := make([]uint16, s.buckets)
	for i := range s.buckets {
		b := s.bucketAt(ref.off(), i)
		for slot, off := range b.offs {
			if (b.tags[slot] == 0) != (off == 0) {
				k.fail("segment %d: tag and offset disagree in bucket %d", ref.off(), i)
			}
			if off == 0 {
				continue
			}
			count++
			h, ok := entries[off]
			if !ok || b.tags[slot] != tagOf(h) {
				k.fail("segment %d: bucket %d holds a stranger", ref.off(), i)
				continue
			}
			for j := s.home(h, ref.depth()); j != i; j = (j + 1) % s.buckets {
				overflow[j]++
			}
		}
	}
	for i := range s.buckets {
		if b := s.bucketAt(ref.off(), i); b.overflow != overflow[i] {
			k.fail("segment %d: bucket %d counts %d passers, want %d", ref.off(), i, b.overflow, overflow[i])
		}
	}
	meta := func(i uint32) uint64 { return uint64(s.bucketAt(ref.off(), i).meta) }
	if meta(0) != uint64(count) || meta(1) != uint64(ref.depth()) || meta(2)<<16|meta(3) != prefix {
		k.fail("segment %d: its own data is wrong", ref.off())
	}
	return count
}

// pages checks slots against what refers to them and against the classes.
func (k *checker) pages() {
	s := k.s
	room, pages := make([]uint32, len(s.classes)), make([]uint32, len(s.classes))
	live := 0
	for p := 1; p < len(s.pages); p++ {
		pg := &s.pages[p]
		if pg.class == noClass {
			continue
		}
		n := 0
		s.slots(uint32(p), func(off uint32) {
			n++
			if !k.owned[off] {
				k.fail("slot %d of class %d is live, but nothing refers to it", off, pg.class)
			}
		})
		if n != int(pg.live) || n == 0 {
			k.fail("page %d has %d live slots, counted %d", p, n, pg.live)
		}
		live += n
		pages[pg.class]++
		room[pg.class] += s.classes[pg.class].perPage - uint32(pg.live)
	}
	if live != len(k.owned) {
		k.fail("%d slots are live, %d referred to", live, len(k.owned))
	}
	for c := range s.classes {
		cs := &s.classes[c]
		if cs.room != room[c] || cs.pages != pages[c] {
			k.fail("class %d counts %d free slots in %d pages, has %d in %d", c, cs.room, cs.pages, room[c], pages[c])
		}
		if sparse := s.sparse>>c&1 != 0; sparse != (cs.room >= cs.perPage) {
			k.fail("class %d: the sparse mark is %v", c, sparse)
		}
	}
}

// poison checks that nobody wrote to a slot after it was given up, nor behind those
// handed out, where memory that holds nothing is overwritten.
func (k *checker) poison() {
	s := k.s
	for p := 1; poisonFreed && p < len(s.pages); p++ {
		pg := &s.pages[p]
		for off := pg.free; off != 0; off = s.freeAt(off).next {
			size := int(s.classes[pg.class].size)
			if bytes.Count(s.bytesAt(off, unit, size-unit), []byte{poisonByte}) != size-unit {
				k.fail("free slot %d of class %d was written to", off, pg.class)
			}
		}
		if pg.class == noClass {
			continue
		}
		used, all := uint32(pg.bump)*s.classes[pg.class].size, uint32(unit)<<s.pageUnitShift
		if used == all { // there is nothing to point at
			continue
		}
		if rest := s.bytesAt(uint32(p)<<s.pageUnitShift, int(used), int(all-used)); bytes.Count(rest, []byte{poisonByte}) != len(rest) {
			k.fail("page %d of class %d was written to behind its %d slots", p, pg.class, pg.bump)
		}
	}
}

// lists checks the lists of pages and the page budget.
func (k *checker) lists() {
	s := k.s
	count := func(head uint32, ok func(*page) bool, what string) (n uint32) {
		for p, prev := head, uint32(0); p != 0; prev, p = p, s.pages[p].next {
			if n++; !ok(&s.pages[p]) || s.pages[p].prev != prev || int(n) > len(s.pages) {
				k.fail("page %d does not belong in the list of %s pages", p, what)
				return n
			}
		}
		return n
	}
	empty := func(pg *page) bool { return pg.class == noClass }
	free, cold := count(s.freePages, empty, "free"), count(s.coldPages, empty, "cold")
	used := uint32(0)
	for c := range s.classes {
		cs := &s.classes[c]
		used += cs.pages
		count(cs.roomy, func(pg *page) bool {
			return int(pg.class) == c && uint32(pg.live) < cs.perPage
		}, "roomy")
	}
	if free != s.freeCount || int64(free+used) != s.held || int(free+used+cold) != len(s.pages)-1 {
		k.fail("%d pages in classes, %d free, %d cold of %d; counted %d free, %d held",
			used, free, cold, len(s.pages)-1, s.freeCount, s.held)
	}
}
