package sim

import (
	"slices"
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/internal/coordination"
)

// write does a client's write, at whoever answers for the key. REQUIRES mu, as all functions here.
func (w *world) write() {
	k := &w.keys[w.pick(keyCount)]
	n := w.serving(w.pick(2), k.slot)
	if n == nil || n.held {
		return
	}
	w.writes++
	absent := w.pick(40) == 0
	state := k.begin(absent)
	c := n.cache.Shards()
	h := c.Hash(k.name)
	s := c.Lock(h)
	defer k.acknowledged(n, state)
	defer s.Unlock()
	if absent {
		if e, ok := s.Peek(h, k.name, c.Now()); ok {
			s.Remove(h, e)
		}
		n.log.Delete(h, k.name)
		return
	}
	value := strconv.AppendInt(nil, int64(state), 10)
	if err := s.Put(h, k.name, value, 0, c.Now()); err != nil {
		w.fail("%v", err)
	}
	n.log.Set(h, k.name, value, 0)
}

// read does a client's read, at any node that answers for the key.
func (w *world) read() {
	i, n := w.pick(keyCount), w.nodes[w.pick(2)][w.pick(3)]
	k := &w.keys[i]
	w.reads++
	switch {
	case n.serves(k.slot):
		w.judgePrimary(n, k)
	case n.up && !n.leads && n.from != nil && n.owned.Has(k.slot):
		w.judgeSecondary(n, i)
	}
}

// flush empties the store of a group.
func (w *world) flush(n *node) {
	if n == nil || n.held {
		return
	}
	w.trace("flush of %s", n.id())
	_ = n.taker.Flush(func() { // if it refuses, the client tries again
		n.cache.Shards().FlushThen(n.log.Flush)
		for i := range w.keys {
			k := &w.keys[i]
			if n.serves(k.slot) {
				k.acknowledged(n, k.begin(true))
			} else if n.owned.Has(k.slot) || n.suspended != nil && n.suspended.Has(k.slot) {
				k.begin(true) // it depends on the commit; secondaries may not have heard of that when they see the flush
			}
		}
	})
}

// trouble is one random event.
func (w *world) trouble() {
	l := w.etcd.leaders[w.pick(2)]
	switch w.pick(10) {
	case 0, 1, 2:
		w.change(l.n)
	case 3, 4:
		if l.n != nil {
			w.trace("%d connections to %s break", len(l.n.conns), l.n.id())
			for c := range l.n.conns {
				c.Close()
				delete(l.n.conns, c)
			}
		}
	case 5:
		w.flush(l.n)
	case 6:
		if w.etcd.away.IsZero() && !w.older() && len(w.etcd.a.Moves) > 0 && w.pick(2) == 0 {
			w.trace("cancelled %+v", w.etcd.a.Moves)
			w.etcd.put(func(a *coordination.Assignment) { a.Moves = nil })
		}
	case 7:
		w.restore()
	case 8: // a secondary falls behind and is synchronised anew
		for _, n := range w.everyone() {
			if n.up && !n.leads && n.from != nil && w.pick(4) == 0 {
				w.trace("%s is synchronised", n.id())
				n.follow(n.from)
			}
		}
	case 9:
		if w.pick(3) == 0 {
			w.leave()
		}
	}
}

// meanwhile has a group get another primary, while the commit of a giver is under way. If it is the taker's it is flushed then. It
// takes mu.
func (w *world) meanwhile(giver *node) {
	defer w.lock()()
	switch {
	case w.quiet:
	case w.pick(3) == 0:
		w.change(giver)
	default:
		taker := 1 - giver.group
		w.change(w.etcd.leaders[taker].n)
		w.after(w.ctx, 120*time.Millisecond, func() { w.flush(w.etcd.leaders[taker].n) })
	}
}

// change has another member take the place of a primary, which dies or becomes a secondary.
func (w *world) change(old *node) {
	if old == nil || !old.leads || w.older() || !w.etcd.away.IsZero() {
		return
	}
	var heirs []*node
	for _, n := range w.nodes[old.group] {
		if n.up && n.from == old {
			heirs = append(heirs, n)
		}
	}
	if len(heirs) == 0 {
		return
	}
	heir := heirs[w.pick(len(heirs))]
	e := &w.etcd.leaders[old.group]
	epoch := e.epoch + 1
	e.n, e.id = nil, ""
	dies := w.pick(2) == 0
	w.trace("%s leads no more, dies %v", old.id(), dies)
	if dies {
		old.kill()
	} else {
		old.resign()
	}
	w.elect(heir, epoch)
	w.after(w.ctx, time.Duration(100+w.pick(100))*time.Millisecond, func() { w.rejoin(old) })
}

// elect makes a node its group's primary a while later, once etcd answers.
func (w *world) elect(heir *node, epoch uint64) {
	w.after(w.ctx, time.Duration(w.pick(100))*time.Millisecond, func() {
		if !w.etcd.away.IsZero() {
			w.elect(heir, epoch)
			return
		}
		w.judgeElection(heir)
		w.etcd.leaders[heir.group] = leader{heir, heir.id(), epoch}
		heir.lead(epoch)
	})
}

// rejoin starts a dead process anew. It may be that its group has no primary yet.
func (w *world) rejoin(old *node) {
	if old.up || w.nodes[old.group][old.at] != old {
		return
	}
	if w.older() || w.etcd.leaders[old.group].n == nil || !w.etcd.away.IsZero() {
		w.after(w.ctx, 20*time.Millisecond, func() { w.rejoin(old) })
		return
	}
	w.trace("%s starts again", old.id())
	n := w.newNode(old.group, old.at)
	w.nodes[old.group][old.at] = n
	n.follow(w.etcd.leaders[old.group].n)
}

// kept returns what undoes the removal of what a taker holds of slots, if that is what the mutant does.
func (w *world) kept(n *node) (restore func()) {
	if !w.mutant.keepsLeftovers {
		return func() {}
	}
	type entry struct{ key, value []byte }
	var left []entry
	for i := range w.keys {
		k := &w.keys[i]
		if value, there := n.cache.Get(nil, k.name); there && !n.owned.Has(k.slot) {
			left = append(left, entry{k.name, slices.Clone(value)})
		}
	}
	return func() {
		for _, e := range left {
			c := n.cache.Shards()
			h := c.Hash(e.key)
			s := c.Lock(h)
			if err := s.Put(h, e.key, e.value, 0, c.Now()); err != nil {
				w.fail("%v", err)
			}
			n.log.Set(h, e.key, e.value, 0)
			s.Unlock()
		}
	}
}
