package sim

import (
	"maps"
	"slices"
	"time"
)

// Times of a run.
const (
	faultTime  = 10 * time.Second
	settleTime = 30 * time.Second // all members must be equal within this time
)

// holds fails unless a node holds exactly the wanted entries. An entry may be missing
// if nodes evict, or if it has expired by any node's clock: nodes evict and expire
// independently.
func (w *world) holds(n *node, when string, want map[string]entry) {
	got := n.contents()
	// Sorted, so that a seed fails with the same text each time.
	for _, k := range slices.Sorted(maps.Keys(want)) {
		g, ok := got[k]
		w.holdsKey(n, when, k, g, ok, want[k], true)
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[k]; !ok {
			w.holdsKey(n, when, k, got[k], true, entry{}, false)
		}
	}
}

func (w *world) holdsKey(n *node, when, key string, got entry, ok bool, want entry, wanted bool) {
	switch {
	case ok == wanted && got == want:
	case !ok && (w.params.evicts || w.over(want)):
	case !wanted && w.over(got):
	case ok && wanted:
		w.fail("%s %s and has %s=%.12q until %d, want %.12q until %d", n, when, key, got.value, got.expireAt, want.value, want.expireAt)
	case ok:
		w.fail("%s %s and has %s=%.12q until %d, which is gone", n, when, key, got.value, got.expireAt)
	default:
		w.fail("%s %s and has no %s, want %.12q until %d", n, when, key, want.value, want.expireAt)
	}
}

// over reports whether an entry has expired by the clock of some node.
func (w *world) over(e entry) bool { return e.expireAt != 0 && e.expireAt <= w.latest }

// checkPrimary compares the primary's store and its log with the writes that it acknowledged.
func (w *world) checkPrimary() {
	p := w.lead()
	if w.notice(p); p.history == nil || w.err != nil || !p.alive {
		return
	}
	w.holds(p, "acknowledged what clients wrote", p.history.now)
	p.history.read(w, true)
	p.view.moveTo(w, p.history, p.history.start+uint64(len(p.history.log)))
	for _, k := range slices.Sorted(maps.Keys(p.history.now)) {
		if e := p.history.now[k]; p.view.state[k] != e {
			w.fail("the log of %s has %s=%.12q, want %.12q", p, k, p.view.state[k].value, e.value)
		}
	}
	if len(p.view.state) != len(p.history.now) {
		w.fail("the log of %s has %d keys, want %d", p, len(p.view.state), len(p.history.now))
	}
}

// look makes a client read from a secondary.
func (w *world) look(n *node) {
	if n.second == nil || !n.serving() {
		return
	}
	m := &w.model
	seen := m.seen[n.index]
	for range 5 {
		key := w.key()
		value, ok := n.cache.Get(nil, []byte(key))
		if !ok {
			continue
		}
		v, h := versionOf(string(value)), n.follows
		if !m.ever[key][v] {
			w.fail("%s shows %s=%.20q, which the primary never had", n, key, value)
		}
		if before := seen[key]; h != nil && before.in == h && v < before.version && h.had[key][before.version] {
			w.fail("%s went back from version %d of %s to %d", n, before.version, key, v)
		}
		seen[key] = sight{v, h}
	}
}

// together reports whether all secondaries are in step with the primary's last write.
func (w *world) together() bool {
	p := w.lead()
	if !p.serving() || p.primary == nil {
		return false
	}
	end := p.log.Merge()
	for _, n := range w.nodes {
		if n == p {
			continue
		}
		if st := n.second; st == nil || !st.Status(n.now()).InStep || st.Position().Offset != end || !n.serving() {
			return false
		}
	}
	return p.primary.Acked(end) == len(w.nodes)-1
}

// equal compares all secondaries with the primary.
func (w *world) equal() {
	p := w.lead()
	w.checkPrimary()
	for _, n := range w.nodes {
		if w.err == nil && n.cache.Shards().Check() != nil {
			w.fail("%s: %v", n, n.cache.Shards().Check())
		}
		if n == p {
			continue
		}
		n.checkPast(p.history, true)
		n.checkKilled(p.history, true)
		if w.checkStep(n, true); w.err == nil && n.view.h != p.history {
			w.fail("%s does not follow the primary", n)
		}
		if w.err == nil && !w.params.evicts {
			w.holds(n, "is in step at last", p.contents())
		}
		if w.err != nil {
			w.note("the primary: %+v", p.primary.Status(p.now()))
			w.note("%s: %+v", n, n.second.Status(n.now()))
			return
		}
	}
}
