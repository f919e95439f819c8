package coordination

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// Who owns the slots, and which of them move, is the value of one key, so that whoever changes it knows all of it. Each change is
// a transaction that compares the key's revision, and gives the assignment the next version. The version is a number of its own
// rather than etcd's revision, since etcd may be restored from an older copy: a member that knows a later version puts
// that back. Nodes never return to an earlier one.

// Assignment is which group owns each slot, by etcd, and the moves of slots.
type Assignment struct {
	Slots *topology.Slots `json:"slots"`           // nil: etcd has none
	Moves []topology.Move `json:"moves,omitempty"` // under way: From owns the slots
	// Removing has moves that are done or given up: To owns the slots, and From still removes what it has of their entries.
	Removing []topology.Move `json:"removing,omitempty"`
	First    bool            `json:"first,omitempty"` // a primary that knew of none has made it, and nobody has changed it since
}

// slotsRecord is the value of slots.
type slotsRecord struct {
	Format int `json:"format"`
	Assignment

	revision int64
}

func (k keys) slots() string { return k.prefix + "slots" }

// version returns the version of the assignment; 0: there is none.
func (a *Assignment) version() uint64 {
	if a.Slots == nil {
		return 0
	}
	return a.Slots.Version
}

// applySlots applies a change of the key. A value that makes no sense counts as none.
func (v *view) applySlots(kv *mvccpb.KeyValue, deleted bool) (err error) {
	v.slots = slotsRecord{}
	if !deleted {
		v.slots, err = decodeSlots(kv)
	}
	return err
}

// decodeSlots returns the value of the key, with its revision. After an error the record has nothing else.
func decodeSlots(kv *mvccpb.KeyValue) (slotsRecord, error) {
	var r slotsRecord
	if err := json.Unmarshal(kv.Value, &r); err != nil {
		return slotsRecord{revision: kv.ModRevision}, err
	}
	r.revision = kv.ModRevision
	return r, nil
}

// Assignment returns the latest known assignment.
func (c *Coordinator) Assignment() Assignment {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.latest
}

// noteSlots remembers the view's assignment if it is later than the latest one. REQUIRES mu.
func (c *Coordinator) noteSlots() {
	is := &c.view.slots
	switch {
	case is.version() > c.latest.version() && !c.latest.supersedes(&is.Assignment):
		c.latest = is.Assignment
	case reflect.DeepEqual(is.Assignment, c.latest):
		is.Assignment = c.latest // so that it is compared quickly
	}
}

// noteChange remembers an assignment that this node has written.
func (c *Coordinator) noteChange(r slotsRecord) {
	c.mu.Lock()
	if c.view != nil && c.view.slots.revision < r.revision {
		c.view.slots = r
	}
	if r.version() > c.latest.version() {
		c.latest = r.Assignment
	}
	c.mu.Unlock()
	wake(c.woken)
}

// firstFor is for how long an assignment counts as made by a primary that knew of none. A node that still knows another one after
// that was cut off while its cluster was set up again.
const firstFor = 10 * time.Minute

// supersedes reports whether is, which was read from etcd, is not what this node has seen there, nor later: etcd was restored
// from a copy, or has lost its data. Then another node may have put an older assignment back with the version that this one has
// seen, or a primary that has just started has made a first one, whose version is the time.
func (a *Assignment) supersedes(is *Assignment) bool {
	if a.Slots != nil && is.First && time.Since(time.Unix(int64(is.version()), 0)) < firstFor && !reflect.DeepEqual(is, a) {
		return true
	}
	return is.version() < a.version() || is.version() == a.version() && !reflect.DeepEqual(is, a)
}

// owning returns the groups that own slots. REQUIRES mu.
func (c *Coordinator) owning() map[string]bool {
	owning := map[string]bool{}
	if c.latest.Slots != nil {
		for _, o := range c.latest.Slots.Owners {
			owning[o.Group] = true
		}
	}
	return owning
}

// assign gives t the slots' owners and the moves. Before an assignment is stored that is the one that foundSlots would store, with
// a version that rises with etcd's revision. Slots of groups that are not there, which can only be if all that etcd had of
// them was deleted, go to those that are; the moves of such slots are left out. lost has these groups. REQUIRES mu.
func (c *Coordinator) assign(t *topology.Topology) (lost []string) {
	if len(t.Groups) == 0 {
		return nil
	}
	if c.latest.Slots == nil {
		if !c.o.OnRing {
			t.Slots, _ = topology.Contiguous(t.Version, t.Groups) // fails only where the ring does
		}
		return nil
	}
	there := func(name string) bool {
		return slices.ContainsFunc(t.Groups, func(g topology.Group) bool { return g.Name == name })
	}
	for _, o := range c.latest.Slots.Owners {
		if !there(o.Group) {
			lost = append(lost, o.Group)
		}
	}
	t.Slots = c.latest.Slots
	for _, m := range c.latest.Moves {
		if there(m.From) && there(m.To) {
			t.Moves = append(t.Moves, m)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	ring, err := topology.ByRing(0, t.Groups)
	if err != nil {
		t.Slots, t.Moves = nil, nil
		return lost
	}
	owners, onRing := t.Slots.ByName(), ring.ByName()
	for slot, owner := range owners {
		if !there(owner) {
			owners[slot] = onRing[slot]
		}
	}
	t.Slots = topology.NewSlots(t.Slots.Version, owners)
	return lost
}
