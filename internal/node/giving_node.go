package node

import (
	"context"
	"encoding/json"
	"errors"
	"net"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
)

// givingNode implements drive.Node.
type givingNode struct{ *replication }

// Leads implements drive.Node. The assignment must be read after it: then it is not older than this node's lead.
func (n givingNode) Leads() (epoch, term uint64, leads bool) {
	term = n.member.Term()
	led, _ := n.member.Leadership()
	epoch, leads = n.coordinated.by.Load().Leading()
	return epoch, term, leads && epoch == led && n.member.Leads() && n.member.Serves()
}

// Term implements drive.Node.
func (n givingNode) Term() (term uint64, is bool) { return n.member.Term(), n.member.Leads() }

func (n givingNode) Hold()    { n.gate.hold(true, n.apply) }
func (n givingNode) Release() { n.gate.hold(false, n.apply) }

func (n givingNode) Suspend(slots *ring.SlotSet) {
	n.suspended.Store(slots)
	n.republish()
}

// Moved implements drive.Node.
func (n givingNode) Moved(m topology.Move, version uint64) { n.moved(m, version) }

// moved takes the news that a move from or to this group is done, as the group's primary. If it is not the primary any more its
// successor learns of the move from etcd.
func (r *replication) moved(m topology.Move, version uint64) {
	r.topology.Moved(m, version)
	r.suspended.Store(nil)
	r.republish()
	note, err := json.Marshal(movedNote{version, m})
	if err != nil {
		r.log.Error("cannot write a move as JSON", zap.Error(err))
		return
	}
	r.imports.note(note)
}

// movedNote tells secondaries of a move that is done.
type movedNote struct {
	Version uint64        `json:"version"`
	Move    topology.Move `json:"move"`
}

// noted takes a note of the primary. The member calls it before it applies what was logged after the note, so that this
// node redirects requests for the slots before it removes their entries.
func (r *replication) noted(note []byte) {
	var n movedNote
	if err := json.Unmarshal(note, &n); err != nil {
		r.log.Error("replication: cannot read a note of the primary", zap.Error(err))
		return
	}
	r.topology.Moved(n.Move, n.Version)
	r.publish()
}

// Remove implements drive.Node.
func (n givingNode) Remove(slots *ring.SlotSet, step func()) error {
	owned, err := n.owned()
	if err != nil {
		return err
	}
	n.publish() // a client that has scanned the node asks it which slots are complete
	return n.imports.remove(slots, owned, step)
}

// owned returns the slots of this node's group.
func (r *replication) owned() (*ring.SlotSet, error) {
	now := r.topology.Now()
	if now.Slots == nil {
		return nil, errors.New("there is no assignment of slots")
	}
	owned := ring.SlotSet{}
	for _, o := range now.Slots.Owners {
		if o.Group == r.coordinated.group {
			owned = o.Ranges.Set()
		}
	}
	return &owned, nil
}

// Dial implements drive.Node.
func (n givingNode) Dial(ctx context.Context, to topology.Server) (net.Conn, error) {
	return n.dialServer(ctx, to)
}
