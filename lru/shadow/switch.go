package shadow

// setRule changes the policy as the cache itself would: what is held stays, in its order.
func (s *simulation[N]) setRule(r Rule) {
	if s.rule == r {
		return
	}
	ghosts := s.rule.Kind == LFU && r.Kind == LFU // are of use to both
	s.rule, s.hand = r, 0
	for s.count[ghost] > 0 && !ghosts {
		s.remove(s.oldest(ghost))
	}
	if r.Kind == LRU || r.Kind == SIEVE {
		for s.count[window] > 0 {
			s.move(s.oldest(window), main)
		}
		return
	}
	for s.count[window] > 0 && s.bytes[window] > s.windowShare() {
		s.move(s.oldest(window), main)
	}
	for s.count[main] > 0 && s.bytes[window] < s.windowShare() {
		s.appendOldest(s.next[s.root(main)], window)
	}
}

// appendOldest moves k to the oldest end of a list.
func (s *simulation[N]) appendOldest(k N, list int) {
	s.move(k, list)
	root := s.root(list)
	first, last := s.next[k], s.prev[root]
	if first == root {
		return
	}
	s.next[root], s.prev[first] = first, root
	s.next[last], s.prev[k] = k, last
	s.next[k], s.prev[root] = root, k
}
