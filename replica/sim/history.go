package sim

import (
	"encoding/binary"
	"fmt"
	"maps"
)

// history is a replica.History as the simulation sees it: the entries at its beginning and
// every byte logged since. It determines what a secondary must hold at any offset.
type history struct {
	of    *node  // the primary
	run   int    // the node's run in which it began
	epoch uint64 // in which its primary leads, or led last
	base  map[string]entry
	start uint64
	// parent is the history that this one continues, from the offset start on; nil: none, or it is not known.
	parent *history
	log    []byte // from start on
	// now is what the primary must hold after all writes of clients; had holds, for
	// each key, all versions in this history.
	now   map[string]entry
	had   map[string]map[int]bool
	ended bool // its term has ended without a successor that has all of it
	// staged is an upper bound of the bytes logged since the last merge.
	staged int
}

// stagedMost bounds the bytes that are logged between merges. The ring must be read
// before it is overwritten, but merging more often than the nodes themselves do would
// hide bugs that only a late merge shows.
const stagedMost = 100 << 10

// read copies the unread part of the ring, after a merge if all is set.
func (h *history) read(w *world, all bool) {
	l := h.of.log
	_, end := l.Bounds()
	if all {
		end = l.Merge()
		h.staged = 0
	}
	at := h.start + uint64(len(h.log))
	b, err := l.Read(h.log, at, int(end-at))
	if err != nil {
		w.fail("the log was overwritten unread: %v", err)
		return
	}
	h.log = b
}

// alive reports whether the term of the primary that writes h is not over.
func (h *history) alive() bool {
	return h.of.alive && h.of.run == h.run && h.of.history == h
}

// view is what a node must hold at an offset of a history.
type view struct {
	h     *history
	at    uint64
	state map[string]entry
}

// moveTo moves the view to the offset at of h. It returns the keys that changed in
// between; all means that any key may have changed.
func (v *view) moveTo(w *world, h *history, at uint64) (changed []string, all bool) {
	if h.alive() && at > h.start+uint64(len(h.log)) {
		h.read(w, true)
	}
	if at < h.start || at > h.start+uint64(len(h.log)) {
		w.fail("offset %d is not of the history of %s in its run %d, which goes from %d to %d", at, h.of.id, h.run, h.start,
			h.start+uint64(len(h.log)))
		return nil, false
	}
	if v.h != h || at < v.at {
		*v = view{h, h.start, maps.Clone(h.base)}
		all = true
	}
	for b := h.log[v.at-h.start : at-h.start]; len(b) > 0; {
		e, key, kind, n := decode(b)
		if n > len(b) {
			w.fail("offset %d is in the middle of a record", at)
			return nil, false
		}
		switch kind {
		case kindSet, kindSetExpires:
			v.state[key] = e
		case kindDelete:
			delete(v.state, key)
		case kindFlush:
			v.state, all = map[string]entry{}, true
		}
		changed = append(changed, key)
		b = b[n:]
	}
	v.at = at
	return changed, all
}

// Kinds of records, as documented in package replica's record.go. This package has its
// own decoder, so that each decoder's mistakes are found by the other.
const (
	kindSet = 1 + iota
	kindSetExpires
	kindDelete
	kindFlush
)

func decode(b []byte) (e entry, key string, kind byte, n int) {
	klen, vlen := int(binary.LittleEndian.Uint32(b)>>8), int(binary.LittleEndian.Uint32(b[4:]))
	kind, n = b[0], 8
	if kind == kindSetExpires {
		e.expireAt = int64(binary.LittleEndian.Uint64(b[n:]))
		n += 8
	}
	if n+klen+vlen > len(b) {
		return e, "", kind, n + klen + vlen
	}
	key, e.value = string(b[n:n+klen]), string(b[n+klen:n+klen+vlen])
	return e, key, kind, n + klen + vlen
}

// notice begins a history when a primary has begun to serve. It must be called before
// anything is written to the primary.
func (w *world) notice(p *node) {
	if p.primary == nil || !p.serving() || p.history != nil {
		return
	}
	st := p.primary.Status(p.now())
	h := &history{of: p, run: p.run, start: st.Offset, base: p.contents()}
	if from := w.histories[st.Prior.ID]; st.Prior.Complete && from != nil {
		// The data that it took from a secondary must be that history's at that offset.
		var v view
		v.moveTo(w, from, st.Prior.Offset)
		w.holds(p, fmt.Sprintf("begins with what %s had in run %d", from.of.id, from.run), v.state)
		h.base, h.parent = v.state, from
	} else if st.Prior.Complete {
		w.fail("%s continues an unknown history", p)
	}
	h.now, h.had = maps.Clone(h.base), map[string]map[int]bool{}
	for k, e := range h.base {
		record(h.had, k, versionOf(e.value))
		if !w.model.ever[k][versionOf(e.value)] {
			w.fail("the primary begins with %s=%.20q, which nobody wrote", k, e.value)
		}
	}
	h.epoch, _ = p.member.Leadership()
	p.checkNewest(h)
	p.history, w.histories[st.History.ID] = h, h
	w.reigns = append(w.reigns, h)
	p.checkBegun(h)
	w.note("%s serves, with %d entries, from offset %d", p, len(h.base), h.start)
}

// checkStep compares a secondary with the history at its offset: the keys that changed
// since the last check, or all of them.
func (w *world) checkStep(n *node, all bool) {
	pos := n.second.Position()
	if !pos.Complete || w.err != nil {
		n.view = view{}
		return
	}
	h := w.histories[pos.ID]
	if h == nil {
		w.fail("%s is in an unknown history", n)
		return
	}
	n.follows = h
	n.checkLost(h, true)
	changed, any := n.view.moveTo(w, h, pos.Offset)
	if w.err != nil {
		return
	}
	if all || any {
		w.holds(n, fmt.Sprintf("is at offset %d", pos.Offset), n.view.state)
		return
	}
	for _, k := range changed {
		got, ok := n.get(k)
		want, there := n.view.state[k]
		w.holdsKey(n, fmt.Sprintf("is at offset %d", pos.Offset), k, got, ok, want, there)
	}
}
