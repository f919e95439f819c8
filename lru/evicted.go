package lru

import (
	"sync"
	"sync/atomic"
)

// evicted keeps copies of evicted entries while shards are locked; tell passes them to Options.OnEvict afterwards. It is
// nil in a cache without OnEvict.
type evicted struct {
	fn   func(key, value []byte)
	some atomic.Bool // kept is not empty
	mu   sync.Mutex
	kept [][2][]byte // key and value; guarded by mu
}

// noteEvicted copies the entry at off, which is about to be dropped.
func (s *Shard) noteEvicted(off uint32) {
	if s.shared.evicted != nil {
		e := Entry(off)
		s.shared.evicted.keep(s.AppendKey(nil, e), s.AppendValue(nil, e))
	}
}

// add keeps copies of key and value.
func (e *evicted) add(key, value []byte) {
	if e != nil {
		e.keep(append([]byte(nil), key...), append([]byte(nil), value...))
	}
}

func (e *evicted) keep(key, value []byte) {
	e.mu.Lock()
	e.kept = append(e.kept, [2][]byte{key, value})
	e.some.Store(true)
	e.mu.Unlock()
}

// tell calls OnEvict for all kept entries. REQUIRES: the caller holds no lock.
func (e *evicted) tell() {
	if e == nil || !e.some.Load() {
		return
	}
	e.mu.Lock()
	kept := e.kept
	e.kept = nil
	e.some.Store(false)
	e.mu.Unlock()
	for _, entry := range kept {
		e.fn(entry[0], entry[1])
	}
}
