package sim

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cachegopher/cachegopher/lru"
)

// model is the clients' knowledge: what they wrote and what they read.
type model struct {
	version int
	// ever holds, for each key, all versions that were ever written.
	ever map[string]map[int]bool
	seen []map[string]sight // by node and key: what was read last
}

// sight is a version that a client read, and the history that the node followed then.
type sight struct {
	version int
	in      *history
}

func newModel(nodes int) model {
	m := model{ever: map[string]map[int]bool{}}
	for range nodes {
		m.seen = append(m.seen, map[string]sight{})
	}
	return m
}

func record(m map[string]map[int]bool, key string, version int) {
	if m[key] == nil {
		m[key] = map[int]bool{}
	}
	m[key][version] = true
}

func versionOf(value string) int {
	digits, _, _ := strings.Cut(value, " ")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return -1
	}
	return n
}

func (w *world) key() string { return fmt.Sprint("key", w.rnd.IntN(w.params.keys)) }

// write makes a client write one key, sometimes many.
func (w *world) write() {
	p := w.lead()
	if w.switches() || w.promotes() { // any node that accepts writes
		if n := w.nodes[w.model.version%len(w.nodes)]; n.alive && n.writes {
			p = n
		}
	}
	if p.primary == nil || !p.serving() || !p.writes {
		return
	}
	w.notice(p)
	if p.history == nil {
		return
	}
	if w.promotes() && p.pauses() {
		return
	}
	n := 1
	if w.rnd.IntN(10) == 0 {
		n = w.rnd.IntN(40)
	}
	for range n {
		w.change(p)
	}
}

func (w *world) change(p *node) {
	w.acknowledged(p)
	if p.history.staged > stagedMost {
		p.history.read(w, true)
	}
	if kind := w.rnd.IntN(100); kind == 0 && w.params.flushes {
		p.cache.Shards().FlushThen(w.mutation.flush(p.log))
		p.history.now = map[string]entry{}
		w.note("flush")
	} else {
		w.changeKey(p, kind)
	}
	p.history.read(w, false)
}

// changeKey changes a key and logs the change, as sessions do.
func (w *world) changeKey(p *node, kind int) {
	m, key := &w.model, w.key()
	k := []byte(key)
	h := p.cache.Shards().Hash(k)
	s := p.cache.Shards().Lock(h)
	defer s.Unlock()
	gone := func(e lru.Entry, ok bool) {
		if ok {
			s.Remove(h, e)
		}
		if ok || w.mutation != NoMissing {
			p.log.Delete(h, k)
		}
		p.history.staged += 16 + len(key)
		delete(p.history.now, key)
	}
	logged := func(e entry) {
		p.log.Set(h, k, []byte(e.value), e.expireAt)
		p.history.now[key] = e
		p.history.staged += 16 + len(key) + len(e.value)
	}
	e, ok := s.Peek(h, k, p.time())
	switch {
	case kind < 12: // delete
		gone(e, ok)
		return
	case kind < 18: // delete under a condition, which is met or not
		if !ok || w.rnd.IntN(2) == 0 {
			gone(e, ok)
		}
		return
	case kind < 26: // expire or persist
		if !ok {
			return
		}
		at := w.expiry(p)
		if w.rnd.IntN(3) == 0 {
			at = 0
		}
		e, err := s.SetExpiry(h, e, at)
		if errors.Is(err, lru.ErrFull) {
			return // the client is refused
		} else if err != nil {
			w.fail("set an expiry: %v", err)
			return
		}
		logged(entry{string(s.AppendValue(nil, e)), at})
		return
	}
	v := w.nextValue(p, kind < 40)
	switch err := s.Put(h, k, []byte(v.value), v.expireAt, p.time()); {
	case errors.Is(err, lru.ErrNoSpace):
		gone(0, false)
		return
	case errors.Is(err, lru.ErrFull): // the client is refused, and nothing has changed
		if _, has := s.Peek(h, k, p.time()); has != ok {
			w.fail("%s refuses to set %s, which it had before: %v, and after: %v", p, key, ok, has)
		}
		return
	case err != nil:
		w.fail("put: %v", err)
		return
	}
	record(m.ever, key, m.version)
	record(p.history.had, key, m.version)
	logged(v)
}

// nextValue returns a value of the next version, which may expire by the node's clock.
func (w *world) nextValue(p *node, expires bool) entry {
	w.model.version++
	v := entry{value: fmt.Sprint(w.model.version, " ", strings.Repeat("x", w.size()))}
	if expires {
		v.expireAt = w.expiry(p)
	}
	return v
}

func (w *world) expiry(p *node) int64 { return p.time() + w.rnd.Int64N(20_000) + 1 }

func (w *world) size() int {
	if w.rnd.IntN(w.params.large) == 0 {
		return w.rnd.IntN(lru.MaxSize-100) >> w.rnd.IntN(6)
	}
	return w.rnd.IntN(200)
}
