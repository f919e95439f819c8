package order

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cachegopher/cachegopher/lru/policy"
)

// model is a policy as its paper has it, over slices; but no eviction passes over more than mostPassed entries.
type model interface {
	hit(key int)
	miss(key int) // and evicts, if max are there
}

// queue is a queue of keys, the oldest first.
type queue []int

func (q *queue) pop() int {
	key := (*q)[0]
	*q = (*q)[1:]
	return key
}

// sieveModel has the queue from which the hand never takes anything but what leaves.
type sieveModel struct {
	max     int
	queue   queue
	visited map[int]bool // the keys that are there
	hand    int          // index in queue
}

func (s *sieveModel) hit(key int) { s.visited[key] = true }

func (s *sieveModel) miss(key int) {
	if len(s.queue) == s.max {
		for n := 0; s.visited[s.queue[s.hand]] && n < mostPassed; n++ {
			s.visited[s.queue[s.hand]] = false
			s.hand = (s.hand + 1) % len(s.queue)
		}
		delete(s.visited, s.queue[s.hand])
		if s.queue = slices.Delete(s.queue, s.hand, s.hand+1); s.hand == len(s.queue) {
			s.hand = 0
		}
	}
	s.visited[key] = false
	s.queue = append(s.queue, key)
}

// s3Model is S3-FIFO. Its ghosts are those of the order, since they are an approximation that has a test of its own.
type s3Model struct {
	max         int
	small, main queue
	uses        map[int]int // of the keys that are there
	ghosts      ghosts
}

func (s *s3Model) hit(key int) { s.uses[key] = min(s.uses[key]+1, 3) }

func (s *s3Model) miss(key int) {
	if len(s.small)+len(s.main) == s.max {
		s.evict()
	}
	s.uses[key] = 0
	if s.ghosts.take(hashOf(key)) {
		s.main = append(s.main, key)
	} else {
		s.small = append(s.small, key)
	}
}

func (s *s3Model) evict() {
	for range mostPassed {
		if len(s.main) == 0 || len(s.small) > 0 && len(s.small) >= s.max/10 {
			key := s.small.pop()
			if s.uses[key] < 2 {
				s.ghosts.add(hashOf(key), uint32(s.max-s.max/10))
				delete(s.uses, key)
				return
			}
			s.uses[key] = 0
			s.main = append(s.main, key)
			continue
		}
		key := s.main.pop()
		if s.uses[key] == 0 {
			delete(s.uses, key)
			return
		}
		s.uses[key]--
		s.main = append(s.main, key)
	}
	delete(s.uses, s.main.pop())
}

// lfuModel is S3-FIFO's queues with the order's own sketch, which counts the same.
type lfuModel struct {
	max          int
	window, main queue
	uses         map[int]int // of the keys that are there
	noted        func(key int) bool
	sketch       sketch
	ghosts       ghosts
	back         policy.Comeback
	filling      bool
}

func (l *lfuModel) hit(key int) {
	if l.noted(key) {
		l.sketch.add(hashOf(key), uint32(len(l.uses)))
	}
	l.uses[key] = min(l.uses[key]+1, 3)
}

func (l *lfuModel) miss(key int) {
	if len(l.uses) == l.max {
		l.evict()
	}
	l.sketch.add(hashOf(key), uint32(len(l.uses)))
	back := l.ghosts.take(hashOf(key))
	if l.uses[key] = 0; back && l.welcome(key) {
		l.main = append(l.main, key)
	} else {
		l.window = append(l.window, key)
	}
}

// welcome reports whether a key of which there was a ghost goes to main at once.
func (l *lfuModel) welcome(key int) bool {
	if l.back == policy.IfFrequent {
		l.pass(&l.main, mostPassed)
		return len(l.main) == 0 || l.sketch.estimate(hashOf(key)) >= l.sketch.estimate(hashOf(l.main[0]))
	}
	return l.back == policy.AtOnce
}

// leave evicts the oldest key of the window, and makes a ghost of it.
func (l *lfuModel) leave() {
	key := l.window.pop()
	l.ghosts.add(hashOf(key), uint32(l.max))
	delete(l.uses, key)
}

// pass moves used keys from the back of the queue to its front until one is at the back that was not used. It returns how many.
func (l *lfuModel) pass(q *queue, most int) (passed int) {
	for ; passed < most && len(*q) > 0 && l.uses[(*q)[0]] > 0; passed++ {
		key := q.pop()
		l.uses[key]--
		*q = append(*q, key)
	}
	return passed
}

func (l *lfuModel) evict() {
	target := l.max * policy.FirstWindow / 100
	limit := target + target/policy.Slack + 1
	l.filling = l.filling || len(l.main) == 0 || len(l.main) < (l.max-target)/policy.LeastMain
	n := 0
	if l.filling && len(l.window) > limit {
		for ; len(l.window) > target+1 && n < mostPassed; n++ {
			l.main = append(l.main, l.window.pop())
		}
	}
	l.filling = l.filling && len(l.window) > limit
	l.pass(&l.main, mostPassed-n)
	for n := 0; n <= mostPassed; n++ {
		if len(l.main) > 0 && (len(l.window) == 0 || len(l.window) < target-target/policy.Slack) {
			break
		}
		n += l.pass(&l.window, mostPassed-n)
		if len(l.main) == 0 || l.sketch.estimate(hashOf(l.window[0])) <= l.sketch.estimate(hashOf(l.main[0]))+policy.Lead {
			l.leave()
			return
		}
		key := l.window.pop()
		l.uses[key] = 0
		l.main = append(l.main, key)
		if len(l.window) <= limit {
			break
		}
	}
	delete(l.uses, l.main.pop())
}

// remove takes out a key that is deleted.
func (l *lfuModel) remove(key int) {
	delete(l.uses, key)
	is := func(k int) bool { return k == key }
	l.window, l.main = slices.DeleteFunc(l.window, is), slices.DeleteFunc(l.main, is)
}

func hashOf(key int) uint64 { return uint64(key) * 0xbf58476d1ce4e5b9 }

// TestModels gives orders and models the same requests, and compares what they keep.
func TestModels(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for _, max := range []int{1, 2, 9, 70, 1000} {
		lfu := func(back policy.Comeback) model { return &lfuModel{max: max, uses: map[int]int{}, back: back} }
		for _, test := range []struct {
			p     policy.Policy
			model model
		}{
			{policy.LFU, lfu(policy.AsNew)},
			{policy.LFU, lfu(policy.IfFrequent)},
			{policy.LFU, lfu(policy.AtOnce)},
			{policy.SIEVE, &sieveModel{max: max, visited: map[int]bool{}}},
			{policy.S3FIFO, &s3Model{max: max, uses: map[int]int{}}},
		} {
			p, model := test.p, test.model
			lfu, _ := model.(*lfuModel)
			t.Run(fmt.Sprint(p, " of ", max), func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, uint64(max)))
				m, o := newMemory(t), &Order{}
				o.Init(p)
				offs, keys := map[int]uint32{}, map[uint32]int{}
				hits := 0
				hash := func(off uint32) uint64 { return hashOf(keys[off]) }
				if lfu != nil {
					o.Tune(policy.FirstWindow, lfu.back)
					lfu.noted = func(key int) bool { return m.Entry(offs[key]).Stamp()&usedMask < 3 }
				}
				for i := range 30_000 {
					if lfu != nil && i%3000 == 0 { // many keys are deleted, the segments' shares change
						for off := range deleted(offs, r.Float64(), lfu) {
							o.Remove(m, off)
							m.Free(off)
						}
					}
					key := int(float64(4*max) * r.Float64() * r.Float64() * r.Float64())
					if i%7000 > 6000 { // a scan, or all that fits used again and again
						if key = i; i < 15_000 {
							key = i % max
						}
					}
					off, there := offs[key]
					if there {
						hits++
						model.hit(key)
						o.Hit(m, off, hashOf(key))
						continue
					}
					model.miss(key)
					if len(offs) == max {
						off := o.Victim(m, hash)
						o.Evicted(m, off, hashOf(keys[off]))
						o.Remove(m, off)
						delete(offs, keys[off])
						m.Free(off)
					}
					off = m.New(m.Shape(1, 1, false), []byte("k"), []byte("v"), 0)
					o.Add(m, off, hashOf(key), hash)
					offs[key], keys[off] = off, key
					for key := range offs {
						if !has(model, key) {
							t.Fatalf("request %d: %d is there, and not in the model", i, key)
						}
					}
				}
				t.Logf("%d hits", hits)
			})
		}
	}
}

// deleted deletes about so large a part of the keys from the map and the model, and returns where they are.
func deleted(offs map[int]uint32, part float64, l *lfuModel) (gone map[uint32]bool) {
	gone = map[uint32]bool{}
	for key, off := range offs {
		if hashOf(key)>>11&1023 < uint64(1024*part) {
			l.remove(key)
			delete(offs, key)
			gone[off] = true
		}
	}
	return gone
}

func has(m model, key int) (ok bool) {
	switch m := m.(type) {
	case *sieveModel:
		_, ok = m.visited[key]
	case *s3Model:
		_, ok = m.uses[key]
	case *lfuModel:
		_, ok = m.uses[key]
	}
	return ok
}

// TestGhosts checks how many keys ghosts remember, that they take what they have once, and seldom what they do not have.
func TestGhosts(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, want := range []int{1, 10, 100, 1000, 50_000} {
		var g ghosts
		hashes := make([]uint64, 3*want)
		for i := range hashes {
			hashes[i] = r.Uint64()>>8 | 7<<56
			g.add(hashes[i], uint32(want))
		}
		if n := 8 * len(g.words); n > 8*want+128 {
			t.Errorf("%d keys take %d bytes", want, n)
		}
		taken, twice, wrong := 0, 0, 0
		for range 3 * want {
			if g.take(r.Uint64()>>8 | 7<<56) {
				wrong++
			}
		}
		for _, h := range slices.Backward(hashes) {
			if g.take(h) {
				taken++
				if g.take(h) { // another one in the bucket may have the same 16 bits
					twice++
				}
			}
		}
		t.Logf("%d keys of %d, %d false ones", taken, want, wrong)
		if taken > want*11/10+1 || taken < want*8/10 {
			t.Errorf("%d keys are remembered, want %d", taken, want)
		}
		if most := 3 + want/100; wrong > most || twice > most {
			t.Errorf("of %d other keys, %d are taken, and %d of the %d a second time", 3*want, wrong, twice, taken)
		}
	}
}

// TestGhostsQueue compares one bucket with a queue, for every number of slots.
func TestGhostsQueue(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for want := 1; want < bucketSlots; want++ {
		var g ghosts
		var queue []uint64 // the newest first
		for range 2000 {
			h := hashOf(r.IntN(2 * want))
			at := slices.Index(queue, h)
			if r.IntN(2) == 0 {
				g.add(h, uint32(want))
				queue = append([]uint64{h}, queue...)
				queue = queue[:min(len(queue), want)]
				continue
			}
			if got := g.take(h); got != (at >= 0) {
				t.Fatalf("%d slots: the key is number %d in the queue, taken: %v", want, at, got)
			}
			if at >= 0 {
				queue = slices.Delete(queue, at, at+1)
			}
		}
	}
}
