package sim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/lru"
)

// model is what clients know: what they wrote, and what they saw.
type model struct {
	version int
	// key to value as the primary that runs now must have them.
	now map[string]entry
	// ever holds, for each key, the versions that were written at any time.
	ever map[string]map[int]bool
	// inRun holds, for each key, the versions that the present history has had.
	inRun map[string]map[int]bool
	run   int              // of the primary
	seen  []map[string]int // by node: the version seen last
}

func newModel(nodes int) model {
	return model{ever: map[string]map[int]bool{}, seen: make([]map[string]int, nodes)}
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

// begin notes what the primary has at the start of a history: that is its own
// affair, but all of it must have been written at some time.
func (w *world) begin() {
	p, m := w.nodes[0], &w.model
	m.run, m.now, m.inRun = p.run, p.contents(), map[string]map[int]bool{}
	for k, e := range m.now {
		v := versionOf(e.value)
		if !m.ever[k][v] {
			w.fail("the primary begins with %s=%.20q, which nobody wrote", k, e.value)
		}
		record(m.inRun, k, v)
	}
	w.note("the primary serves, with %d entries", len(m.now))
}

// write has a client change something, at times a lot at once.
func (w *world) write() {
	p := w.nodes[0]
	if p.serving() {
		if w.model.run != p.run {
			w.begin()
		}
		n := 1
		if w.rnd.IntN(10) == 0 {
			n = w.rnd.IntN(40)
		}
		for range n {
			w.change(p)
		}
	}
}

func (w *world) change(p *node) {
	m := &w.model
	key := fmt.Sprint("key", w.rnd.IntN(w.params.keys))
	h := p.cache.Hash([]byte(key))
	kind := w.rnd.IntN(100)
	if kind == 0 && w.params.flushes {
		p.cache.FlushThen(w.mutation.flush(p.log))
		m.now = map[string]entry{}
		w.note("flush")
		return
	}
	s := p.cache.Lock(h)
	defer s.Unlock()
	if kind < 15 {
		if e, ok := s.Peek(h, []byte(key), p.time()); ok {
			s.Remove(h, e)
		}
		p.log.Delete(h, []byte(key))
		delete(m.now, key)
		return
	}
	m.version++
	e := entry{value: fmt.Sprint(m.version, " ", strings.Repeat("x", w.size()))}
	if kind < 30 {
		e.expireAt = p.time() + w.rnd.Int64N(20_000) + 1
	}
	if err := s.Put(h, []byte(key), []byte(e.value), e.expireAt, p.time()); err != nil {
		w.fail("put: %v", err)
		return
	}
	p.log.Set(h, []byte(key), []byte(e.value), e.expireAt)
	m.now[key] = e
	record(m.ever, key, m.version)
	record(m.inRun, key, m.version)
}

func (w *world) size() int {
	if w.rnd.IntN(w.params.large) == 0 {
		return w.rnd.IntN(lru.MaxSize - 100)
	}
	return w.rnd.IntN(200)
}

// look has a client read from a secondary.
func (w *world) look(n *node) {
	if !n.alive {
		return
	}
	m := &w.model
	if p := w.nodes[0]; p.serving() && m.run != p.run {
		w.begin()
	}
	if m.seen[n.index] == nil {
		m.seen[n.index] = map[string]int{}
	}
	seen := m.seen[n.index]
	for range 5 {
		key := fmt.Sprint("key", w.rnd.IntN(w.params.keys))
		value, ok := n.cache.Get(nil, []byte(key))
		if !ok {
			continue
		}
		v := versionOf(string(value))
		if !m.ever[key][v] {
			w.fail("%s shows %s=%.20q, which the primary never had", n, key, value)
		}
		if before, ok := seen[key]; ok && v < before && m.inRun[key][before] {
			w.fail("%s went back from version %d of %s to %d", n, before, key, v)
		}
		seen[key] = v
	}
}

// checkPrimary compares the primary with what it acknowledged.
func (w *world) checkPrimary() {
	p := w.nodes[0]
	if p.serving() && w.model.run == p.run {
		w.compare(p, p.contents(), w.model.now, p.time())
	}
}

// compare fails unless a node holds what is wanted, as far as that has not
// expired by the clock at.
func (w *world) compare(n *node, got, want map[string]entry, at int64) {
	live := func(e entry) bool { return e.expireAt == 0 || e.expireAt > at }
	// In order, so that a seed fails with the same words each time.
	for _, k := range slices.Sorted(maps.Keys(want)) {
		e := want[k]
		if g, ok := got[k]; live(e) && (!ok || g != e) {
			w.fail("%s has %s=%.12q until %d (%v), want %.12q until %d", n, k, g.value, g.expireAt, ok, e.value, e.expireAt)
			return
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		g := got[k]
		if _, ok := want[k]; live(g) && !ok {
			w.fail("%s has %s=%.12q until %d, which is gone", n, k, g.value, g.expireAt)
			return
		}
	}
}

// equal compares all secondaries with the primary.
func (w *world) equal() {
	p := w.nodes[0]
	if !p.serving() {
		w.fail("the primary does not serve %v after the last fault", settleTime)
		return
	}
	if w.model.run != p.run {
		w.begin()
	}
	w.checkPrimary()
	latest := int64(0)
	for _, n := range w.nodes {
		latest = max(latest, n.time())
	}
	for _, n := range w.nodes[1:] {
		if w.err == nil && n.cache.Check() != nil {
			w.fail("%s: %v", n, n.cache.Check())
		}
		w.compare(n, n.contents(), p.contents(), latest)
		if w.err != nil {
			w.note("the primary: %+v", p.primary.Status(w.now))
			w.note("%s: %+v", n, n.second.Status(w.now))
			return
		}
	}
}

// Times of a run.
const (
	faultTime  = 10 * time.Second
	settleTime = 30 * time.Second // within which all must be equal
)
