package lru

import "github.com/cachegopher/cachegopher/lru/internal/index"

// While entries move between tables, one account (drain) has the number and size of the entries of all tables, and room
// for the current table is made by evicting from the old ones.

// shedEntries is the most entries that one call evicts.
const shedEntries = 1024

// shed evicts about that many bytes of entries from one old shard, and reports whether it evicted any. The oldest table
// comes first, and its shards take turns. REQUIRES: the caller has locked no shard of an old table, and olds cannot
// change during the call.
func (sh *shared) shed(bytes, now int64) bool {
	for i := len(sh.olds) - 1; i >= 0; i-- {
		shards := sh.olds[i].shards
		for range shards {
			s := &shards[int(sh.drain.next.Add(1))%len(shards)]
			if s.shed(bytes, now) {
				return true
			}
		}
	}
	return false
}

func (s *Shard) shed(bytes, now int64) (shed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = max(s.now, now)
	d := s.shared.drain
	until := d.bytes.Load() - bytes
	for n := shedEntries; n > 0 && s.evictOne(); n-- {
		shed = true
		if d.bytes.Load() <= until || !d.over() {
			break
		}
	}
	s.compact()
	return shed
}

// payTries bounds how much is shed for one page or entry that is added: more than is added, but little enough that no
// request waits long.
const payTries = 2

// payForPage makes room for a page of s in old shards.
func (s *Shard) payForPage() {
	d, page := s.shared.drain, s.mem.PageBytes()
	for n := payTries; n > 0 && d.bytes.Load()+page > d.maxBytes.Load(); n-- {
		if !s.shared.shed(2*page, s.now) {
			return
		}
	}
}

// drained reports whether all tables together have no room for one more page of s, with so large a part of the limit beyond
// it as the divisor beyond says; 0: none.
func (s *Shard) drained(beyond int64) bool {
	d := s.shared.drain
	if d == nil {
		return false
	}
	limit := d.maxBytes.Load()
	if beyond > 0 {
		limit += limit / beyond
	}
	return d.bytes.Load()+s.mem.PageBytes() > limit
}

// payForEntry makes room for an entry of s in old shards.
func (s *Shard) payForEntry() {
	d := s.shared.drain
	for n := payTries; n > 0 && d.entries.Load() >= d.maxEntries.Load(); n-- {
		if !s.shared.shed(1, s.now) {
			return
		}
	}
}

// occupied is the number of bytes used by the shard's entries, without free slots in their pages.
func (s *Shard) occupied() int64 { return s.entries()*index.EntryBytes + s.mem.EntryBytes() }

// uncount subtracts the entry at off from the account.
func (s *Shard) uncount(off uint32) {
	d := s.shared.drain
	d.entries.Add(-1)
	if s.state == retired {
		d.bytes.Add(-int64(s.Footprint(Entry(off))))
	}
}

// countPages adds n pages, which may be negative, to the account.
func (s *Shard) countPages(n int64) {
	if d := s.shared.drain; d != nil && s.state == moving {
		d.bytes.Add(n * s.mem.PageBytes())
	}
}

// forget subtracts everything in s from the account.
func (d *drain) forget(s *Shard) {
	d.entries.Add(-s.entries())
	d.bytes.Add(-s.accounted())
}

// accounted is how many bytes s contributes to the account.
func (s *Shard) accounted() int64 {
	if s.state == retired {
		return s.occupied()
	}
	return s.mem.HeldBytes()
}

// succeed makes s, which is empty, take over the idle times and the generation of the shard of the old table that most
// of its entries will come from.
func (s *Shard) succeed(old *table, number, shards int) {
	o := &old.shards[number*len(old.shards)/shards]
	s.mem.SetGeneration(o.mem.Generation)
	s.now = o.now
	s.idle.Inherit(&o.idle, &o.order, len(old.shards), shards)
}

// stampFor is the stamp in s of an entry of hash h that has the given one in from, a shard of the old table number i.
// The count of uses of s began at 0 when it took over, those of old shards have stopped.
func (s *Shard) stampFor(from *Shard, i int, h uint64, stamp uint32) uint32 {
	olds, shards := s.shared.olds, s.shared.shards
	age := from.order.Age(stamp, len(olds[i].shards), shards)
	for _, younger := range olds[:i] { // their counts began when from's stopped
		age += younger.shard(h).order.Total(len(younger.shards), shards)
	}
	return s.order.Adopt(stamp, age)
}
