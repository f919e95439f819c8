package shadow

import "github.com/cachegopher/cachegopher/lru/policy"

// leastFrequent lets the victims of a full window and of main compete by the requests that the sketch counted. As long as the
// window is too large, main's victim does not have to leave for a key that wins.
func (s *simulation[N]) leastFrequent() N {
	if s.count[main] == 0 {
		return s.victim(window)
	}
	victim, share := s.victim(main), s.windowShare()
	for s.bytes[window] > share-share/policy.Slack {
		k := s.victim(window)
		if !s.apart.protects(s.keys.part[k]) && s.sketch.count(s.keys.hash[k]) <= s.sketch.count(s.keys.hash[victim])+policy.Lead {
			return k
		}
		s.toMain(k)
		if s.bytes[window] <= share+share/policy.Slack {
			break
		}
	}
	return victim
}

// welcome reports whether k, of which there was a ghost, goes to main at once.
func (s *simulation[N]) welcome(k N) bool {
	switch {
	case s.rule.Back == policy.AsNew:
		return false
	case s.rule.Back == policy.AtOnce || s.count[main] == 0:
		return true
	}
	return s.sketch.count(s.keys.hash[k]) >= s.sketch.count(s.keys.hash[s.victim(main)])
}

// settle gives main what the window has too much, with its uses, until the cache is full. Then keys compete: what a large one leaves
// behind when it goes would else be filled by whatever comes. This fills main again after removals, too, unless they left
// next to nothing to compete with.
func (s *simulation[N]) settle() {
	share := s.windowShare()
	if s.count[main] == 0 || s.bytes[main] < (s.capacity-share)/policy.LeastMain {
		s.filled = false
	}
	if !s.filled && s.bytes[window] > share+share/policy.Slack && s.held() < s.capacity {
		for s.bytes[window] > share {
			s.move(s.oldest(window), main)
		}
	}
	s.sketch.grow(s.entries())
}
