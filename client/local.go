package client

import (
	"context"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/cachegopher/cachegopher/internal/localreads"
	"github.com/cachegopher/cachegopher/lru/view"
)

// WithLocalReads lets the client read from the memory of nodes on its own machine, without asking them. It takes nodes
// with "local_reads" in their config, Linux on amd64, and a user who may read all keys; otherwise, and whenever there is any
// doubt, nodes are asked as without it.
//
// Get, GetTo, GetMany, GetWithTTL, GetOrLoad and TTL then use the memory of a member that the read policy allows, whenever one
// is on this machine. They promise what a read from that member promises: a secondary may lag behind its primary, even
// behind the client's own writes (but see WithReadYourWrites). A key that is not found there is asked for. FromPrimary uses the
// memory only in a group of one member. With a near cache, keys that it does not know are read as without WithLocalReads.
func WithLocalReads() Option {
	return func(o *options) error { o.local = true; return nil }
}

// localNode is what a client has of a node on its own machine.
type localNode struct {
	memory atomic.Pointer[localMemory] // nil: none at the moment
	reads  [localStripes]localCount
	err    atomic.Pointer[error] // why there is none; nil: not known
}

// localStripes is a power of two. Goroutines that read other keys mostly count elsewhere.
const localStripes = 8

// localCount counts reads, in cache lines of its own.
type localCount struct {
	n atomic.Uint64
	_ [120]byte
}

// localMemory is a mapping of a node's memory.
type localMemory struct {
	view    *view.View
	notice  *localreads.Notice
	touched touched
	life    lifeSigns
}

// checkEvery is how many reads of a stripe go by, at most, until the node's signs of life are looked at. That costs a look at
// the clock. It bounds the reads of a node that has ended while this process stood still: see docs/client.md.
const checkEvery = 32

// textBytes is key without a copy; it must not be changed.
func textBytes(key string) []byte { return unsafe.Slice(unsafe.StringData(key), len(key)) }

// localMember returns the member of g whose memory may answer a read of key, nil if there is none.
func (g *group) localMember(key string, primary bool, own *ownWrites) (*node, *localMemory) {
	if primary && len(g.members) > 1 {
		return nil, nil // another client's write may be on the primary alone, and who that is, is for the nodes to say
	}
	for i, n := range g.members {
		if n.local == nil {
			return nil, nil
		}
		if m := n.local.memory.Load(); m != nil && n.usable() && g.mayRead(i) && own.has(g, i, key) {
			return n, m
		}
	}
	return nil, nil
}

// mayRead reports whether the read policy allows the member at index i.
func (g *group) mayRead(i int) bool {
	switch g.policy {
	case ReadPrimary:
		return i == int(g.primary.Load())
	case ReadNearest:
		return g.near == 0 || g.near>>i&1 == 1
	}
	return true
}

// localGet appends the value of key to dst from the memory of a member, if there is one that has it; expiry is as the
// member has it, now its time. n is that member, nil if it must be asked.
func (c *Client) localGet(key string, dst []byte, primary bool) (value []byte, expiry, now int64, n *node) {
	own := c.opts.own
	doubted := own.doubted()
	n, m := c.topology.Load().group(key).localMember(key, primary, own)
	if n == nil {
		return dst, 0, 0, nil
	}
	h, now := m.view.Hash(textBytes(key)), m.notice.Clock()
	value, expiry, ok := m.view.Get(dst, h, textBytes(key), now)
	if !ok || !m.stands(n, h, key) || doubted != own.doubted() {
		return dst, 0, 0, nil
	}
	m.touched.add(h)
	return value, expiry, now, n
}

// localExpiry is localGet for the expiry alone.
func (c *Client) localExpiry(key string, primary bool) (expiry, now int64, n *node) {
	own := c.opts.own
	doubted := own.doubted()
	n, m := c.topology.Load().group(key).localMember(key, primary, own)
	if n == nil {
		return 0, 0, nil
	}
	h, now := m.view.Hash(textBytes(key)), m.notice.Clock()
	expiry, ok := m.view.Expiry(h, textBytes(key), now)
	if !ok || !m.stands(n, h, key) || doubted != own.doubted() {
		return 0, 0, nil
	}
	return expiry, now, n
}

// stands counts a read of key, whose hash is h, and reports whether it was true when it was made: the node still used this
// memory, served the key, and lived. If not, the memory is given up.
func (m *localMemory) stands(n *node, h uint64, key string) bool {
	if !m.view.Current() {
		n.local.give(m)
		return false
	}
	if !m.notice.Serves(key) {
		return false
	}
	if n.local.reads[h%localStripes].n.Add(1)%checkEvery == 0 && !m.life.seen(m.notice.Clock(), time.Now()) {
		n.local.give(m)
		return false
	}
	return true
}

// give gives up m.
func (l *localNode) give(m *localMemory) {
	if l.memory.CompareAndSwap(m, nil) {
		m.release()
	}
}

// drop gives up the memory, because a connection to the node has ended: the next process may be another one.
func (l *localNode) drop() {
	if l != nil {
		l.memory.Swap(nil).release()
	}
}

// release frees the node's memory, of which the process may have ended, before the next garbage collection. Reads in progress
// see that it is not current any more. The caller, which may be a read, does not wait: that takes the longer the more there is.
func (m *localMemory) release() {
	if m != nil {
		go m.view.Release()
	}
}

// count is the number of reads from memory.
func (l *localNode) count() (n uint64) {
	for i := range l.reads {
		n += l.reads[i].n.Load()
	}
	return n
}

// observeLocal calls the hooks for an operation that memory has answered.
func (c *Client) observeLocal(ctx context.Context, op Op, n *node, keys, out, in int, start time.Time) {
	h := c.opts.hooks
	ctx = h.Start(ctx, op)
	h.End(ctx, Event{Op: op, Node: n.id, Address: n.address, Keys: keys, Local: true, BytesOut: out, BytesIn: in, Start: start, Duration: time.Since(start)})
}
