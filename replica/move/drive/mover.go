// Package drive carries out the moves of slots whose giver is this node's group, while the node leads it.
//
// A Mover takes one move after another from the assignment that etcd has. It connects a move.Giver with the network, holds the
// node's writes for the hand-over, and has the new owner recorded. From the moment at which etcd may know the new owner the
// slots are suspended: their requests, reads too, are answered TRYAGAIN until this node knows the outcome. After a success
// the node redirects them before its held writes go on. When no move is left the entries of the moved slots are removed.
//
// Everything that outlives the Mover is in etcd: a node that leads next, or again, goes on with what it finds there.
package drive

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/ring"
)

// Assignments is the part of a coordination.Coordinator that a Mover needs.
type Assignments interface {
	Assignment() coordination.Assignment
	Taker(group string) (coordination.Taker, bool)
	// Answers returns an error unless etcd answers this node now.
	Answers(ctx context.Context) error
	Commit(ctx context.Context, id string, to coordination.Taker) (version uint64, err error)
	Removed(ctx context.Context, id string) error
}

// Node is what a Mover needs of its node.
type Node interface {
	// Leads returns the epoch in which this node leads its group in etcd, and a number of its term as the primary; false: it
	// does not lead, or may not know the latest assignment yet. It does not block.
	Leads() (epoch, term uint64, leads bool)
	// Term returns the number of the node's term as the primary of its group, whether etcd can be reached or not; false: it is
	// not the primary. It does not block.
	Term() (term uint64, is bool)
	// Hold makes all writes of clients wait, and returns when none is under way. Release ends that.
	Hold()
	Release()
	// Suspend makes the node answer all requests of these slots with TRYAGAIN; nil ends that.
	Suspend(slots *ring.SlotSet)
	// Moved tells the node, and its group's secondaries by the log, that a move is done as of a version of the assignment.
	// When it returns the node redirects requests of the slots, and none of them is suspended.
	Moved(m topology.Move, version uint64)
	// Remove calls step, unless this group owns or takes one of the slots: then it returns an error. Neither begins meanwhile.
	Remove(slots *ring.SlotSet, step func()) error
	// Dial connects to a node and signs in.
	Dial(ctx context.Context, to topology.Server) (net.Conn, error)
}

// Options configure a Mover. All fields are required unless they say otherwise.
type Options struct {
	Group       string
	Assignments Assignments
	Node        Node
	Cache       *lru.Cache
	Log         *replica.Log
	// Rate returns how many bytes a second the walk of the store may send; 0: no bound. nil: no bound.
	Rate   func() int64
	Logger *zap.Logger // nil: none
}

// Mover carries out moves of slots. Safe for concurrent use.
type Mover struct {
	o     Options
	log   *zap.Logger
	woken chan struct{}   // has an element when something may have changed
	done  map[string]bool // moves committed by this Mover, of which the assignment may not tell yet; for Run alone

	attempts uint64 // the number of the latest attempt; guarded by mu

	mu     sync.Mutex
	status topology.Giving // without Moves
	at     *progress       // the move that is being carried out; nil: none
}

// New returns a Mover. Run makes it work.
func New(o Options) *Mover {
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	return &Mover{o: o, log: o.Logger, woken: make(chan struct{}, 1), done: map[string]bool{}}
}

// attempt returns the number of an attempt to move slots. It rises from one Mover of a group's term to the next, too.
func (m *Mover) attempt() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.attempts = max(m.attempts+1, uint64(time.Now().UnixNano()))
	return m.attempts
}

// Wake tells the Mover that the assignment, or who leads a group, may have changed. Any goroutine may call it; it does not block.
func (m *Mover) Wake() {
	select {
	case m.woken <- struct{}{}:
	default:
	}
}

// restEvery is how often a Mover looks for work if nothing wakes it.
const restEvery = time.Second

// Run carries out moves until ctx is done.
func (m *Mover) Run(ctx context.Context) {
	for skip := ""; ctx.Err() == nil; {
		next, removes, ok := m.next(skip)
		switch {
		case ok && removes:
			skip = m.remove(ctx, next)
		case ok:
			skip = m.give(ctx, next)
		default:
			skip = ""
			m.rest(ctx, restEvery)
		}
	}
}

// rest waits until the Mover is woken.
func (m *Mover) rest(ctx context.Context, limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-m.woken:
	}
}

// task is what a Mover does: a move, or the removal of the entries of a move that is done.
type task struct {
	topology.Move
	epoch, term uint64
	version     uint64 // of the assignment that has the task
}

// next returns the next task: moves come before removals, and another one before the one called skip, which has just failed.
func (m *Mover) next(skip string) (t task, removes, ok bool) {
	epoch, term, leads := m.o.Node.Leads()
	if !leads {
		return t, false, false
	}
	a := m.o.Assignments.Assignment()
	if a.Slots == nil {
		return t, false, false
	}
	own := func(all []topology.Move) (found topology.Move, ok bool) {
		for _, mv := range all {
			if mv.From == m.o.Group && (!ok || found.ID == skip) {
				found, ok = mv, true
			}
		}
		return found, ok
	}
	under := slices.DeleteFunc(slices.Clone(a.Moves), func(mv topology.Move) bool { return m.done[mv.ID] })
	t = task{epoch: epoch, term: term, version: a.Slots.Version}
	if t.Move, ok = own(under); !ok {
		removes = true
		t.Move, ok = own(a.Removing)
	}
	return t, removes, ok
}

// current reports whether the task's term goes on. etcd may be away meanwhile: what is being committed must come to its end.
func (m *Mover) current(t *task) bool {
	term, is := m.o.Node.Term()
	return is && term == t.term
}

// others reports whether this group gives slots in another move.
func (m *Mover) others(id string) bool {
	return slices.ContainsFunc(m.o.Assignments.Assignment().Moves, func(mv topology.Move) bool { return mv.From == m.o.Group && mv.ID != id && !m.done[mv.ID] })
}
