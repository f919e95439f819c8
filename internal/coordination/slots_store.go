package coordination

import (
	"context"
	"errors"
	"fmt"

	clientv3 "go.etcd.io/etcd/client/v3"
)

var (
	// ErrChanged means that the assignment is not the one that the caller has seen.
	ErrChanged = errors.New("the assignment of slots has changed meanwhile")

	errNoAssignment = errors.New("no assignment of slots is stored in etcd: the first primary that has entries stores it")
	errOlderSlots   = errors.New("etcd has an older assignment of slots than this node; the later one is put back in a moment")
	errOffline      = errors.New("etcd cannot be reached")
	errNothing      = errors.New("there is nothing to change") // ends changeSlots without a change
)

// changeTries is how often changeSlots tries again because others change the assignment at the same time.
const changeTries = 10

// changeSlots has edit change etcd's assignment, which gets the next version. edit must not change what the assignment refers to,
// and may be called several times. An error of edit ends it. Nothing is changed unless the conditions hold.
func (c *Coordinator) changeSlots(ctx context.Context, edit func(*Assignment) error, conditions ...clientv3.Cmp) (slotsRecord, error) {
	for range changeTries {
		is, err := c.readSlots(ctx)
		if err != nil {
			return is, err
		}
		next := is
		next.First = false
		if err := edit(&next.Assignment); err != nil {
			return is, err
		}
		if changed, err := c.putSlots(ctx, is.revision, &next, conditions...); err != nil || changed {
			return next, err
		}
	}
	return slotsRecord{}, ErrChanged
}

// readSlots reads the assignment from etcd.
func (c *Coordinator) readSlots(ctx context.Context) (r slotsRecord, err error) {
	etcd, latest := c.client(), c.Assignment()
	if etcd == nil {
		return r, errOffline
	}
	bounded, cancel := c.request(ctx)
	defer cancel()
	answer, err := etcd.Get(bounded, c.k.slots())
	switch {
	case err != nil:
		return r, fmt.Errorf("%w: %w", errOffline, err)
	case len(answer.Kvs) == 0:
		return r, errNoAssignment
	}
	if r, err = decodeSlots(answer.Kvs[0]); err != nil {
		return r, fmt.Errorf("the assignment of slots in etcd: %w", err)
	}
	if latest.supersedes(&r.Assignment) {
		return r, errOlderSlots
	}
	return r, nil
}

// putSlots writes r with the next version if the key still has that revision and the conditions hold; changed is false if not.
// r gets the version and the revision.
func (c *Coordinator) putSlots(ctx context.Context, revision int64, r *slotsRecord, conditions ...clientv3.Cmp) (changed bool, err error) {
	etcd := c.client()
	if etcd == nil {
		return false, errOffline
	}
	owners := *r.Slots
	owners.Version++
	r.Format, r.Slots = format, &owners
	if len(r.Moves) == 0 {
		r.Moves = nil // as it will be read
	}
	if len(r.Removing) == 0 {
		r.Removing = nil
	}
	bounded, cancel := c.request(ctx)
	defer cancel()
	conditions = append(conditions, clientv3.Compare(clientv3.ModRevision(c.k.slots()), "=", revision))
	answer, err := etcd.Txn(bounded).If(conditions...).Then(clientv3.OpPut(c.k.slots(), encode(r))).Commit()
	if err != nil || !answer.Succeeded {
		return false, err
	}
	r.revision = answer.Header.Revision
	c.noteChange(*r)
	return true, nil
}

// client returns etcd's client; nil: etcd has not been reached yet.
func (c *Coordinator) client() *clientv3.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.etcd
}
