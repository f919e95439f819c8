package coordination

import (
	"context"
	"errors"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// Assignment is which group owns each slot, by etcd, and the moves of slots.
type Assignment struct {
	Slots    *topology.Slots // nil: etcd has none
	Moves    []topology.Move // under way: From owns the slots
	Removing []topology.Move // done: To owns the slots, and From still removes their entries
}

// Taker is the primary of a group, as etcd has it.
type Taker struct {
	topology.Server
	Epoch    uint64
	revision int64
}

// ErrUncertain means that it is not known whether a move was recorded.
var ErrUncertain = errors.New("it is not known whether etcd has recorded the move")

var errNoAssignment = errors.New("etcd has no assignment of slots")

// Assignment returns the latest known assignment.
func (c *Coordinator) Assignment() Assignment { return Assignment{} }

// Taker returns the primary of a group; false: it has none.
func (c *Coordinator) Taker(group string) (Taker, bool) { return Taker{}, false }

// Leading returns the epoch in which this node leads its group in etcd; false: it does not. If it does, the view of etcd includes
// everything that earlier primaries have recorded, since they could do so only while the group's key was theirs.
func (c *Coordinator) Leading() (epoch uint64, is bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.view == nil || c.lease == 0 || c.away != 0 || c.reread {
		return 0, false
	}
	p := c.view.primaries[c.o.Self.Group]
	return p.Epoch, p.ID == c.o.Self.ID && p.lease == c.lease && c.view.revision >= p.revision
}

// Commit records that To owns the slots of a move. After any error but ErrUncertain it is certainly not recorded.
func (c *Coordinator) Commit(ctx context.Context, id string, to Taker) (version uint64, err error) {
	return 0, errNoAssignment
}

// Removed records that the entries of a move's slots were removed at its giver.
func (c *Coordinator) Removed(ctx context.Context, id string) error { return errNoAssignment }
