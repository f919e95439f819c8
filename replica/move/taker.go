package move

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/ring"
)

// Taker is the end of moves at the primary of the group that gets the slots, for one term of it. Its methods may be called
// from any goroutine.
type Taker struct {
	cache lru.Shards
	log   *replica.Log // nil: the node has no secondaries

	mu      sync.Mutex
	latest  map[string]attempt // of each group that gives
	imports []*Import          // none has slots of another one
	stopped bool
}

// ErrHandingOver means that the store cannot be flushed for a moment.
var ErrHandingOver = errors.New("slots are being handed over to this node")

// The errors of an Import. After all of them the giver begins anew.
var (
	errSuperseded = errors.New("another connection has begun to move one of these slots, or the import was cancelled")
	errFlushed    = errors.New("the store was flushed while slots were being imported")
	errPurging    = errors.New("entries of earlier attempts are still being removed")
	errForeign    = errors.New("the record does not belong to the slots of the import")
	errLeft       = errors.New("the connection has ended")
	errOutdated   = errors.New("a later attempt to move slots has begun")
	errTerm       = errors.New("this node is not the primary any more")
	errEarly      = errors.New("the giver commits a move that this node has not confirmed")
)

// NewTaker returns the Taker of a store. log may be nil.
func NewTaker(c *lru.Cache, log *replica.Log) *Taker {
	return &Taker{cache: c.Shards(), log: log, latest: map[string]attempt{}}
}

// attempt is an attempt of a group's primary to move slots. Those of later epochs are later, and within one those of higher numbers.
type attempt struct{ epoch, number uint64 }

// Begin ends all imports that have one of the slots, and begins one. The caller calls Step until all leftovers are removed, and
// answers the giver then. It refuses attempts that are not later than one that it has heard of from the group: what a lost
// connection delivers late must not remove what a later attempt has brought.
func (t *Taker) Begin(group string, epoch, number uint64, slots *ring.SlotSet) (*Import, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch latest := t.latest[group]; {
	case t.stopped:
		return nil, errTerm
	case epoch < latest.epoch:
		return nil, fmt.Errorf("group %s has a primary of epoch %d, this is one of epoch %d", group, latest.epoch, epoch)
	case epoch == latest.epoch && number <= latest.number:
		return nil, errOutdated
	}
	t.latest[group] = attempt{epoch, number}
	t.end(func(im *Import) bool { return im.slots.Overlaps(slots) })
	im := &Import{taker: t, slots: *slots}
	im.leftovers = NewRemover(t.cache.Cache, t.log, slots)
	t.imports = append(t.imports, im)
	return im, nil
}

// End ends the imports that have one of the slots: the move was cancelled or is done.
func (t *Taker) End(slots *ring.SlotSet) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end(func(im *Import) bool { return im.slots.Overlaps(slots) })
}

// Stop ends all imports, and refuses new ones: the node's term as the primary is over.
func (t *Taker) Stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	t.end(func(*Import) bool { return true })
}

// end ends some imports; none of them stores anything afterwards. REQUIRES mu.
func (t *Taker) end(which func(*Import) bool) {
	t.imports = slices.DeleteFunc(t.imports, func(im *Import) bool {
		if !which(im) {
			return false
		}
		im.mu.Lock()
		im.ended = errSuperseded
		im.mu.Unlock()
		return true
	})
}

// Flush calls flush, which empties the store, and ends all imports. While a giver may commit a move it returns ErrHandingOver and
// does not call flush: the store would lose entries that the node does not own yet.
func (t *Taker) Flush(flush func()) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, im := range t.imports {
		im.mu.Lock()
		defer im.mu.Unlock()
		if im.confirmed && (im.ended == nil || im.left) {
			return ErrHandingOver
		}
	}
	for _, im := range t.imports {
		im.ended = errFlushed
	}
	t.imports = nil
	flush()
	return nil
}

// Importing reports whether the slot is being imported: the node holds entries of it and does not own it.
func (t *Taker) Importing(slot int) bool {
	var one ring.SlotSet
	one.Add(slot, slot)
	return t.Imports(&one)
}

// Imports reports whether one of the slots is being imported.
func (t *Taker) Imports(slots *ring.SlotSet) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.ContainsFunc(t.imports, func(im *Import) bool { return im.slots.Overlaps(slots) })
}
