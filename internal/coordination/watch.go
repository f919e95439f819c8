package coordination

import (
	"context"
	"fmt"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// watch keeps the view equal to etcd's data until ctx is done.
func (c *Coordinator) watch(ctx context.Context) {
	for ctx.Err() == nil {
		c.mu.Lock()
		etcd := c.etcd
		c.mu.Unlock()
		if etcd == nil {
			select {
			case <-ctx.Done():
			case <-c.reload:
			}
			continue
		}
		if err := c.follow(ctx, etcd); err != nil && ctx.Err() == nil {
			c.trouble("watching", err)
			select {
			case <-ctx.Done():
			case <-time.After(retryAfter):
			}
		}
	}
}

// read reads the view.
func (c *Coordinator) read(ctx context.Context, etcd *clientv3.Client) (*view, error) {
	bounded, cancel := context.WithTimeout(ctx, c.o.FailoverAfter)
	all, err := etcd.Get(bounded, c.k.prefix, clientv3.WithPrefix())
	cancel()
	if err != nil {
		return nil, fmt.Errorf("reading: %w", err)
	}
	v := newView()
	for _, kv := range all.Kvs {
		if err := v.apply(c.k, kv, false); err != nil && c.due(err.Error()) {
			c.log.Warn("coordination: a value in etcd makes no sense", zap.Error(err))
		}
	}
	v.revision, v.version, v.cluster = all.Header.Revision, all.Header.Revision, all.Header.ClusterId
	c.takeView(v)
	return v, nil
}

// follow reads the view and applies changes until an error occurs or the view must be read anew.
func (c *Coordinator) follow(ctx context.Context, etcd *clientv3.Client) error {
	v, err := c.read(ctx, etcd)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(clientv3.WithRequireLeader(ctx))
	defer cancel()
	changes := etcd.Watch(ctx, c.k.prefix, clientv3.WithPrefix(), clientv3.WithRev(v.revision+1))
	// A watch may miss changes, for instance after etcd was restored from a backup: it then waits for a revision that will
	// not come. So the revision of the primary's key is compared from time to time.
	check := time.NewTicker(c.o.FailoverAfter)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.reload:
			return nil
		case <-check.C:
			if err := c.compare(ctx, etcd); err != nil {
				return err
			}
		case w, open := <-changes:
			if err := w.Err(); err != nil || !open {
				return fmt.Errorf("watching: %w", err)
			}
			c.applyChanges(w)
		}
	}
}

// takeView replaces the view.
func (c *Coordinator) takeView(v *view) {
	c.mu.Lock()
	was := c.view
	older := was != nil && (v.revision < was.revision || v.cluster != was.cluster)
	if older {
		v.version = max(v.version, was.version+1)
		c.older = c.now()
	}
	c.view, c.reread = v, false
	c.noteSlots()
	c.mu.Unlock()
	if older {
		c.logOlder(v.revision, was.revision)
	}
	wake(c.woken)
}

// foundOlder records that etcd's data has turned out to be older than what this node has seen: another member may lead of
// which etcd knows nothing any more.
func (c *Coordinator) foundOlder(revision, seen int64) {
	c.mu.Lock()
	c.older, c.stands = c.now(), false
	c.mu.Unlock()
	c.logOlder(revision, seen)
	wake(c.reload)
}

func (c *Coordinator) logOlder(revision, seen int64) {
	c.log.Error("coordination: etcd's data is older than what this node has seen: it was deleted or restored from a backup; members register anew, and primaries go on",
		zap.Int64("revision", revision), zap.Int64("seen", seen), zap.String("do", "nothing, if that was meant; otherwise look whether coordination.etcd names the right etcd"))
}

func (c *Coordinator) applyChanges(w clientv3.WatchResponse) {
	c.mu.Lock()
	lease := c.lease
	held := lease != 0 && c.view.members[c.o.Self.Group][c.o.Self.ID].lease == lease
	var faults []error
	for _, e := range w.Events {
		if err := c.view.apply(c.k, e.Kv, e.Type == clientv3.EventTypeDelete); err != nil {
			faults = append(faults, err)
		}
	}
	c.view.revision = max(c.view.revision, w.Header.Revision)
	c.noteSlots()
	holds := c.view.members[c.o.Self.Group][c.o.Self.ID].lease == lease
	ended := held && !holds && !c.stopping
	c.mu.Unlock()
	if ended { // another member has revoked it: this node was taken for dead
		c.dropLease(lease)
		wake(c.renewNow)
	}
	for _, err := range faults {
		if c.due(err.Error()) {
			c.log.Warn("coordination: a value in etcd makes no sense", zap.Error(err))
		}
	}
	wake(c.woken)
}

// compare checks that the view and etcd agree on this group's primary.
func (c *Coordinator) compare(ctx context.Context, etcd *clientv3.Client) error {
	bounded, cancel := c.request(ctx)
	defer cancel()
	is, err := etcd.Get(bounded, c.k.primary(c.o.Self.Group))
	if err != nil {
		return nil // keep reports that etcd is away
	}
	c.mu.Lock()
	has, here := c.view.primaries[c.o.Self.Group]
	older := is.Header.Revision < c.view.revision || is.Header.ClusterId != c.view.cluster
	c.mu.Unlock()
	there := len(is.Kvs) > 0
	// Data restored from an older copy may have reached the same revision again, with another value.
	if older || there != here || there && (is.Kvs[0].ModRevision != has.revision || clientv3.LeaseID(is.Kvs[0].Lease) != has.lease) {
		wake(c.reload)
	}
	return nil
}
