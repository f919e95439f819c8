package coordination

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// Taker is the primary of a group, as etcd has it.
type Taker struct {
	topology.Server
	Epoch    uint64
	revision int64
}

var (
	// ErrUncertain means that it is not known whether a move was recorded.
	ErrUncertain = errors.New("it is not known whether etcd has recorded the move")
	errNotListed = errors.New("the move was cancelled")
	errLeaders   = errors.New("one of the two groups has another primary")
)

// Taker returns the primary of a group; false: it has none.
func (c *Coordinator) Taker(group string) (Taker, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.view == nil {
		return Taker{}, false
	}
	p, led := c.view.primaries[group]
	m, live := c.view.members[group][p.ID]
	if !led || !live {
		return Taker{}, false
	}
	return Taker{m.server(group, p.ID), p.Epoch, p.revision}, true
}

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

// Answers returns an error unless etcd answers this node now, and has the assignment that it knows or a later one.
func (c *Coordinator) Answers(ctx context.Context) error {
	_, err := c.readSlots(ctx)
	return err
}

// Commit records that To owns the slots of a move, if this node still leads its group, and to still leads the move's To. version
// is that of the assignment then. After any error but ErrUncertain it is certainly not recorded. While the outcome is not known
// Commit goes on, until ctx is done. It does not if nothing could be sent.
func (c *Coordinator) Commit(ctx context.Context, id string, to Taker) (version uint64, err error) {
	own, err := c.leading()
	if err != nil {
		return 0, err
	}
	t := commit{c: c, id: id, to: to, own: own}
	for {
		version, err := t.try(ctx)
		if err == nil {
			return version, nil
		}
		after := commitPause
		switch {
		case errors.Is(err, ErrChanged): // other moves were recorded meanwhile
			after = time.Millisecond
		case t.sent == nil, errors.Is(err, errLeaders), errors.Is(err, errNotListed):
			return 0, err
		}
		if !c.pause(ctx, after) {
			if t.sent == nil {
				return 0, err
			}
			return 0, fmt.Errorf("%w: %w", ErrUncertain, err)
		}
	}
}

// commitPause is the pause between two attempts to learn the outcome of a commit.
const commitPause = 20 * time.Millisecond

// commit is a move that is being committed.
type commit struct {
	c     *Coordinator
	id    string
	to    Taker
	own   int64 // the revision of the key by which this node leads its group
	tried bool
	sent  *topology.Move // in a transaction that may have been sent, whose answer was lost; nil: there is none
	late  bool           // one of the primaries has changed: no transaction can succeed any more
}

// known returns the assignment of the view, and where the move is in its list; -1: it is not.
func (t *commit) known() (is slotsRecord, at int) {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	if t.c.view == nil || t.c.latest.supersedes(&t.c.view.slots.Assignment) {
		return is, -1
	}
	return t.c.view.slots, t.in(&t.c.view.slots)
}

func (t *commit) in(is *slotsRecord) int {
	return slices.IndexFunc(is.Moves, func(m topology.Move) bool { return m.ID == t.id })
}

// try commits the move, if it is still listed. The first attempt does without reading the assignment: the giver holds its writes.
func (t *commit) try(ctx context.Context) (version uint64, err error) {
	is, at := t.known()
	if at < 0 || t.tried {
		if is, err = t.c.readSlots(ctx); err != nil {
			return 0, err
		}
		at = t.in(&is)
	}
	t.tried = true
	switch {
	case at < 0 && t.sent != nil && !is.Slots.OwnedBy(t.sent.From, t.sent.Ranges): // only this commit takes them from From
		t.c.noteChange(is)
		return is.version(), nil
	case at < 0:
		return 0, errNotListed
	case t.late:
		return 0, errLeaders
	}
	m := is.Moves[at]
	next := is
	next.First, next.Slots = false, is.Slots.After(&m)
	next.Moves = slices.Delete(slices.Clone(is.Moves), at, at+1)
	next.Removing = append(slices.Clone(is.Removing), m)
	var gone dispatch
	changed, err := t.c.putSlots(gone.following(ctx), is.revision, &next, t.primaries(&m)...)
	switch {
	case err != nil && gone.unsent(): // etcd is dead, most probably
		return 0, err
	case err != nil:
		t.sent = &m
		return 0, err
	case changed:
		return next.version(), nil
	}
	return 0, t.whyNot(ctx, &m)
}

// primaries are the conditions that nobody else leads the two groups.
func (t *commit) primaries(m *topology.Move) []clientv3.Cmp {
	return []clientv3.Cmp{clientv3.Compare(clientv3.ModRevision(t.c.k.primary(m.From)), "=", t.own),
		clientv3.Compare(clientv3.ModRevision(t.c.k.primary(m.To)), "=", t.to.revision)}
}

// whyNot returns why a transaction has failed. If it has to do with the primaries, no earlier transaction can succeed any more
// either, but one may have succeeded before they changed.
func (t *commit) whyNot(ctx context.Context, m *topology.Move) error {
	bounded, cancel := t.c.request(ctx)
	defer cancel()
	answer, err := t.c.client().Txn(bounded).If(t.primaries(m)...).Commit()
	switch {
	case err != nil:
		return err
	case answer.Succeeded:
		return ErrChanged
	}
	if t.late = true; t.sent != nil {
		return ErrChanged // read once more
	}
	return errLeaders
}

// leading returns the revision of the key by which this node leads its group.
func (c *Coordinator) leading() (revision int64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.view == nil || c.holds == 0 {
		return 0, errLeaders
	}
	p := c.view.primaries[c.o.Self.Group]
	if p.ID != c.o.Self.ID || p.lease != c.holds {
		return 0, errLeaders
	}
	return p.revision, nil
}
