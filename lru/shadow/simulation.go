package shadow

// simulation is a cache of keys without values.
type simulation[N index] struct {
	lists[N]
	rule     Rule
	capacity int64 // bytes
	sketch   *sketch
	filled   bool // the cache was full since LFU's main had next to nothing
	hand     N    // of SIEVE: where it looks next; 0: at the oldest
}

// held is the bytes of all keys that are in the simulated cache.
func (s *simulation[N]) held() int64 { return s.bytes[window] + s.bytes[main] }

// entries is their number.
func (s *simulation[N]) entries() int { return s.count[window] + s.count[main] }

// holds reports whether k is in the simulated cache.
func (s *simulation[N]) holds(k N) bool { list := s.in(k); return list == window || list == main }

// get asks for k and reports whether it is there.
func (s *simulation[N]) get(k N) bool {
	if !s.holds(k) {
		return false
	}
	if s.rule.Kind == LRU {
		s.move(k, main)
	} else if s.state[k]&^listBits < mostUses {
		s.state[k] += oneUse
	}
	return true
}

// put stores k, which is not there, unless it is larger than the whole.
func (s *simulation[N]) put(k N) {
	size, back := int64(s.keys.size[k]), s.in(k) == ghost
	if back {
		s.unlink(k)
	} else {
		s.keys.refs[k]++
	}
	if size > s.capacity {
		s.keys.release(k)
		return
	}
	s.shrinkPart(s.keys.part[k], size)
	s.shrink(s.capacity - size)
	s.link(k, s.entrance(k, back))
	if s.rule.Kind == LFU {
		s.settle()
	}
}

// entrance is the list to which k goes. back says that there was a ghost of it.
func (s *simulation[N]) entrance(k N, back bool) int {
	switch {
	case s.rule.Kind == S3FIFO && !back, s.rule.Kind == LFU && (!back || !s.welcome(k)):
		return window
	}
	return main
}

// shrink evicts until no more than size bytes are held.
func (s *simulation[N]) shrink(size int64) {
	for s.held() > size {
		s.filled = true
		s.evict()
	}
}

// remove takes k out, if it is there, with its ghost.
func (s *simulation[N]) remove(k N) {
	if s.in(k) == none {
		return
	}
	if s.hand == k {
		s.hand = s.prev[k]
	}
	s.unlink(k)
	s.keys.release(k)
}

// evict makes room by one key. REQUIRES: there is one.
func (s *simulation[N]) evict() {
	k := s.choose()
	if s.apart.protects(s.keys.part[k]) {
		if other := s.unprotected(); other != 0 {
			k = other
		}
	}
	s.leave(k)
}

// choose returns the key that the policy would evict next. REQUIRES: there is one.
func (s *simulation[N]) choose() N {
	switch s.rule.Kind {
	case SIEVE:
		return s.sieve()
	case S3FIFO:
		return s.twoQueues()
	case LFU:
		return s.leastFrequent()
	}
	if s.count[main] > 0 { // the window, which another rule may have left, is newer
		return s.oldest(main)
	}
	return s.oldest(window)
}

// leave evicts k, under S3-FIFO and LFU with a ghost of it if k has not left the small queue yet, or the window.
func (s *simulation[N]) leave(k N) {
	switch {
	case s.rule.Kind == S3FIFO && s.in(k) == window:
		s.leaveGhost(k, s.capacity-s.windowShare())
	case s.rule.Kind == LFU && s.in(k) == window:
		s.leaveGhost(k, s.capacity)
	default:
		s.remove(k)
	}
}

// sieve moves the hand towards the newest, and begins again at the oldest, until it is at the key to evict.
func (s *simulation[N]) sieve() N {
	root := s.root(main)
	for k := s.hand; ; k = s.prev[k] {
		if k == 0 || k == root {
			k = s.oldest(main)
		}
		if s.state[k]&^listBits == 0 {
			s.hand = k // with remove, it goes on
			return k
		}
		s.state[k] &= listBits
	}
}

// victim passes over the keys of a list that were used, each of which loses a use, and returns the first that has none.
// REQUIRES: the list is not empty.
func (s *simulation[N]) victim(list int) N {
	for {
		k := s.oldest(list)
		if s.state[k]&^listBits == 0 {
			return k
		}
		s.state[k] -= oneUse
		s.move(k, list)
	}
}

// toMain promotes a key of the window, which begins there without uses.
func (s *simulation[N]) toMain(k N) {
	s.unlink(k)
	s.link(k, main)
}

// windowShare is how many bytes the window may have.
func (s *simulation[N]) windowShare() int64 {
	share := int64(s.rule.Window)
	if s.rule.Kind == S3FIFO {
		share = smallShare
	}
	return s.capacity * share / 100
}

const (
	smallShare = 10 // of S3-FIFO's memory in percent: the small queue
	promotion  = 2 * oneUse
)

// twoQueues returns the oldest of the small queue that was not used twice; of main otherwise.
func (s *simulation[N]) twoQueues() N {
	small := s.windowShare()
	if s.bytes[window] > small || s.count[main] == 0 {
		for s.count[window] > 0 {
			k := s.oldest(window)
			if s.state[k]&^listBits < promotion && !s.apart.protects(s.keys.part[k]) {
				return k
			}
			s.toMain(k)
			if s.bytes[main] > s.capacity-small {
				break
			}
		}
	}
	return s.victim(main)
}

// leaveGhost evicts k but remembers it, as one of at most so many bytes.
func (s *simulation[N]) leaveGhost(k N, most int64) {
	s.unlink(k)
	s.link(k, ghost)
	for s.bytes[ghost] > most {
		s.remove(s.oldest(ghost))
	}
}
