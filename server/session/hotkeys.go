package session

import (
	"cmp"
	"slices"
	"sync"
)

// hotKeys counts the keys of a sample of requests and keeps the most frequent ones: the space-saving sketch of Metwally,
// Agrawal and El Abbadi (2005). A key that takes over a slot inherits its count, so that no key with a share of more than
// 1/hotSlots of the sample is missed.
//
// Each loop has its own, so the lock is almost never contended. Adding does not allocate.
type hotKeys struct {
	mu      sync.Mutex
	used    int
	samples int
	hash    [hotSlots]uint64
	count   [hotSlots]uint32
	extra   [hotSlots]uint32 // the inherited part of count: the most by which it may be too high
	length  [hotSlots]uint8
	key     [hotSlots][hotKeyBytes]byte
}

const (
	hotSlots    = 64
	hotKeyBytes = 64      // longer keys are cut
	hotHalve    = 1 << 14 // number of samples after which counts are halved, so that old ones fade
)

// add counts a request of the key whose hash is h.
func (t *hotKeys) add(h uint64, key []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.samples++; t.samples >= hotHalve {
		t.samples /= 2
		for i := range t.count {
			t.count[i] /= 2
			t.extra[i] /= 2
		}
	}
	i := slices.Index(t.hash[:t.used], h)
	if i < 0 {
		i = t.take()
		t.hash[i], t.extra[i] = h, t.count[i]
		t.length[i] = uint8(copy(t.key[i][:], key))
	}
	t.count[i]++
}

// take returns a slot for a new key: an unused one, or that of the least frequent key.
func (t *hotKeys) take() int {
	if t.used < hotSlots {
		t.used++
		return t.used - 1
	}
	least := 0
	for i, n := range t.count {
		if n < t.count[least] {
			least = i
		}
	}
	return least
}

// HotKey is a key that many requests name.
type HotKey struct {
	Key   string  // cut to 64 bytes
	Share float64 // of all recent requests that have a key; an estimate, more often too low than too high
}

// HotKeys returns up to most keys with the largest shares of requests, without those below 1%. Any goroutine may
// call it.
func (n *Node) HotKeys(most int) []HotKey {
	n.mu.Lock()
	loops := slices.Clone(n.loops)
	n.mu.Unlock()
	counts, samples := map[string]int{}, 0
	for _, l := range loops {
		t := &l.hot
		t.mu.Lock()
		samples += t.samples
		for i := range t.used {
			counts[string(t.key[i][:t.length[i]])] += int(t.count[i] - t.extra[i])
		}
		t.mu.Unlock()
	}
	var list []HotKey
	for key, count := range counts {
		if share := float64(count) / float64(max(samples, 1)); share >= 0.01 {
			list = append(list, HotKey{Key: key, Share: min(share, 1)})
		}
	}
	slices.SortFunc(list, func(a, b HotKey) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Key, b.Key))
	})
	return list[:min(most, len(list))]
}
