package sim

import (
	"fmt"

	"github.com/cachegopher/cachegopher/lru"
)

// get reads a key without marking it as used.
func (n *node) get(key string) (e entry, ok bool) {
	h := n.cache.Shards().Hash([]byte(key))
	s := n.cache.Shards().Lock(h)
	defer s.Unlock()
	at, ok := s.Peek(h, []byte(key), n.time())
	if !ok {
		return entry{}, false
	}
	return entry{string(s.AppendValue(nil, at)), s.Expiry(at)}, true
}

// contents returns all entries that have not expired by the node's clock.
func (n *node) contents() map[string]entry {
	all := map[string]entry{}
	for cursor := uint64(0); ; {
		cursor = n.cache.Shards().Scan(cursor, 1000, n.time(), func(s lru.Reader, e lru.Entry, key []byte) {
			all[string(key)] = entry{string(s.AppendValue(nil, e)), s.Expiry(e)}
		})
		if cursor == 0 {
			return all
		}
	}
}

func (n *node) remember() {
	m := &memory{entries: n.contents()}
	if n.second != nil {
		m.position = n.second.Position()
	}
	n.old = m
}

func (n *node) String() string { return fmt.Sprintf("%s (run %d)", n.id, n.run) }
