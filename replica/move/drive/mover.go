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
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/replica/move"
)

// Assignments is the part of a coordination.Coordinator that a Mover needs.
type Assignments interface {
	Assignment() coordination.Assignment
	Taker(group string) (coordination.Taker, bool)
	Commit(ctx context.Context, id string, to coordination.Taker) (version uint64, err error)
	Removed(ctx context.Context, id string) error
}

// Node is what a Mover needs of its node.
type Node interface {
	// Leads returns the epoch in which this node leads its group in etcd, and a number of its term as the primary; false: it
	// does not lead, or may not know the latest assignment yet. It does not block.
	Leads() (epoch, term uint64, leads bool)
	// Hold makes all writes of clients wait, and returns when none is under way. Release ends that.
	Hold()
	Release()
	// Suspend makes the node answer all requests of these slots with TRYAGAIN; nil ends that.
	Suspend(slots *move.Slots)
	// Moved tells the node, and its group's secondaries by the log, that a move is done as of a version of the assignment.
	// When it returns the node redirects requests of the slots, and none of them is suspended.
	Moved(m topology.Move, version uint64)
	// Remove calls step, unless this group owns or takes one of the slots: then it returns an error. Neither begins meanwhile.
	Remove(slots *move.Slots, step func()) error
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
	woken chan struct{} // has an element when something may have changed

	mu     sync.Mutex
	status Status
}

// New returns a Mover. Run makes it work.
func New(o Options) *Mover {
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	return &Mover{o: o, log: o.Logger, woken: make(chan struct{}, 1)}
}

// Wake tells the Mover that the assignment, or who leads a group, may have changed. Any goroutine may call it; it does not block.
func (m *Mover) Wake() {
	select {
	case m.woken <- struct{}{}:
	default:
	}
}

// Run carries out moves until ctx is done.
func (m *Mover) Run(ctx context.Context) { <-ctx.Done() }

// Status describes the moves whose giver is this node's group.
type Status struct {
	Moves    []MoveStatus
	Done     int64         // moves that were committed since the start
	Failed   int64         // attempts that have failed
	Removed  int64         // entries removed after moves
	Bytes    int64         // of records sent
	HeldLast time.Duration // for how long the writes of the latest hand-over were held
	HeldMax  time.Duration
}

// MoveStatus describes one move.
type MoveStatus struct {
	ID, From, To string
	Slots        int
	State        string        // copying, handing over, removing, or waiting
	Walked       float64       // the part of the store that was read, from 0 to 1
	Bytes        int64         // of records sent in this attempt
	Attempts     int64         // begun
	Rate         float64       // bytes a second, lately
	Left         time.Duration // until the store has been read, by the progress so far; 0: not known
	LastError    string        // why the latest attempt has failed
	Since        time.Time     // when this node has begun with the move
}

// Status returns the current status. Any goroutine may call it.
func (m *Mover) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status
}
