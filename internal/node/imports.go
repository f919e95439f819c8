package node

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/replica/move"
	"github.com/cachegopher/cachegopher/ring"
	"github.com/cachegopher/cachegopher/server/session"
)

// imports are the moves to this node, while it leads its group. The lock keeps a move from beginning while the entries of its
// slots are being removed or the store is being flushed.
type imports struct {
	cache *lru.Cache
	log   *replica.Log

	mu    sync.Mutex  // taken after the locks of the Member and of the gate
	taker *move.Taker // nil: the node may not store anything for itself
}

var (
	errNoImports = errors.New("this node takes no slots: they move only between the groups of a cluster with etcd")
	errNoTaker   = errors.New("this node does not lead its group, or hands it over")
	errNoMove    = errors.New("this node knows of no such move to its group")
	errGiving    = errors.New("slots are being handed over by this node")
	errRemoving  = errors.New("this group still removes entries of these slots")
	errUsed      = errors.New("this group owns or takes one of the slots")
)

// admit begins a term as the primary, or ends all imports: when it returns after allowed false, none stores anything any more.
func (i *imports) admit(allowed bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case allowed && i.taker == nil:
		i.taker = move.NewTaker(i.cache, i.log)
	case !allowed && i.taker != nil:
		i.taker.Stop()
		i.taker = nil
	}
}

// begin begins an import. a is the assignment of slots of which this node knows.
func (i *imports) begin(a *coordination.Assignment, own string, epoch, attempt uint64, m *topology.Move) (*move.Import, error) {
	slots := m.Ranges.Set()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.taker == nil {
		return nil, errNoTaker
	}
	known := slices.ContainsFunc(a.Moves, func(k topology.Move) bool {
		return k.ID == m.ID && k.From == m.From && k.To == own && slices.Equal(k.Ranges, m.Ranges)
	})
	if !known {
		return nil, errNoMove // it may have been cancelled; or it is done, and the entries here are not leftovers
	}
	for _, r := range a.Removing {
		if set := r.Ranges.Set(); r.From == own && set.Overlaps(&slots) {
			return nil, errRemoving
		}
	}
	return i.taker.Begin(m.From, epoch, attempt, &slots)
}

// end ends the imports of moves that are no longer under way.
func (i *imports) end(under []topology.Move, own string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.taker == nil {
		return
	}
	var over ring.SlotSet
	over.Add(0, ring.Slots-1)
	for _, m := range under {
		if m.To == own {
			set := m.Ranges.Set()
			for w := range over {
				over[w] &^= set[w]
			}
		}
	}
	i.taker.End(&over)
}

// flush calls flush, which empties the store, unless slots are being handed over to this node.
func (i *imports) flush(flush func()) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.taker == nil {
		flush()
		return nil
	}
	return i.taker.Flush(flush)
}

// flush executes FLUSHALL, unless slots are being handed over by this node or to it: who loses the entries would be left to chance.
func (r *replication) flush(flush func()) error {
	if r.suspended.Load() != nil {
		return errGiving
	}
	return r.imports.flush(flush)
}

// note logs a note for the secondaries if this node may log.
func (i *imports) note(payload []byte) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.taker != nil {
		i.log.Note(payload)
	}
}

// remove calls step unless one of the slots is among those that this group owns, or is being moved to it.
func (i *imports) remove(slots *ring.SlotSet, owned *ring.SlotSet, step func()) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.taker == nil {
		return errNoTaker
	}
	if owned.Overlaps(slots) || i.taker.Imports(slots) {
		return errUsed
	}
	step()
	return nil
}

// parseImport reads the arguments of BEGIN: move, group, epoch, slots and the number of the attempt.
func parseImport(args []string) (m topology.Move, epoch, attempt uint64, err error) {
	if len(args) != 6 {
		return m, 0, 0, errors.New("REPLICA IMPORT BEGIN takes move, group, epoch, slots and attempt")
	}
	epoch, err = strconv.ParseUint(args[3], 10, 64)
	attempt, err2 := strconv.ParseUint(args[5], 10, 64)
	if err = errors.Join(err, err2); err != nil {
		return m, 0, 0, fmt.Errorf("the numbers of REPLICA IMPORT BEGIN: %w", err)
	}
	slots, err := ring.ParseSlotSet(args[4])
	return topology.Move{ID: args[1], From: args[2], Ranges: topology.RangesOf(slots.Has)}, epoch, attempt, err
}

// Import implements session.Replication.
func (r *replication) Import(_ string, args []string, wake, kill func()) (session.PeerLink, string, error) {
	l, err := r.newImport(args, wake, kill)
	if err != nil {
		return nil, refusedImport(err), &session.DeclinedError{Err: err}
	}
	return l, "", nil // answered once the leftovers are removed
}

func refusedImport(err error) string { return string(wire.Error(nil, "ERR ", err.Error())) }

func (r *replication) newImport(args []string, wake, kill func()) (*importLink, error) {
	c := r.coordinated.by.Load()
	if c == nil {
		return nil, errNoImports
	}
	m, epoch, attempt, err := parseImport(args)
	if err != nil {
		return nil, err
	}
	if _, _, leads := (givingNode{r}).Leads(); !leads {
		return nil, errNoTaker
	}
	m.To = r.coordinated.group
	a := c.Assignment() // after the question who leads: see Leads
	im, err := r.imports.begin(&a, m.To, epoch, attempt, &m)
	if err != nil {
		return nil, err
	}
	return &importLink{r: r, im: im, move: m, wake: wake, purge: newPurge(wake), silence: time.AfterFunc(importSilence, kill)}, nil
}
