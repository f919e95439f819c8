package sim

import (
	"errors"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/lru/policy"
	"github.com/cachegopher/cachegopher/replica"
)

// RunFull simulates a group whose nodes have room for a part of the data, each under a policy of its own, with the faults of
// Run. The clients of a primary that evicts nothing are refused writes. A secondary without room for what its primary accepted
// has no value of that key afterwards: never the one before. RunFull returns a *Failure if a rule was broken.
func RunFull(seed uint64, o Options) error {
	w := newWorld(seed, o)
	w.params.evicts, w.params.keys, w.params.large = true, 300, 2
	for i := range w.nodes {
		w.params.entries[i] = 100_000
		w.params.memory = append(w.params.memory, lru.MinMemory<<w.rnd.IntN(2))
		p := lru.NONE
		if w.rnd.IntN(2) == 0 {
			p = policy.Fixed()[w.rnd.IntN(len(policy.Fixed()))] // AUTO goes by the time of the machine too, so no seed would repeat
		}
		w.params.policies = append(w.params.policies, p)
	}
	w.note("memory %v, policies %v", w.params.memory, w.params.policies)
	w.faulty()
	return w.end()
}

// options returns what the node's store is made with.
func (n *node) options() lru.Options {
	p := &n.w.params
	o := lru.Options{MaxEntries: p.entries[n.index], MaxMemory: 16 << 20, Shards: 4, Clock: n.time, Seed: 1 + n.w.rnd.Uint64N(1<<60), NoBackground: true}
	if p.memory != nil {
		o.MaxMemory, o.Policy = p.memory[n.index], p.policies[n.index]
	}
	return o
}

// restore stores what the node held some time ago; what has no room is missing, as if it had been evicted.
func (n *node) restore(key string, e entry) {
	err := n.cache.Shards().SetAt([]byte(key), []byte(e.value), e.expireAt)
	if err != nil && !errors.Is(err, lru.ErrFull) {
		n.w.fail("restore: %v", err)
	}
}

// hoarder is a store that keeps the value before, if it has no room for the next one.
type hoarder struct {
	replica.Store
	n *node
}

func (s *hoarder) Apply(records []byte, noted func([]byte)) error {
	for len(records) > 0 {
		_, key, kind, size := decode(records)
		before, had := s.n.get(key)
		if err := s.Store.Apply(records[:size], noted); err != nil {
			return err
		}
		if _, has := s.n.get(key); kind == kindSet && had && !has {
			s.n.restore(key, before)
		}
		records = records[size:]
	}
	return nil
}
