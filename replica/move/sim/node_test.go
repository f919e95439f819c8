package sim

import (
	"context"
	"encoding/json"
	"net"
	"time"

	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/replica/move"
	"github.com/cachegopher/cachegopher/replica/move/drive"
	"github.com/cachegopher/cachegopher/ring"
)

// node is a process of a group. world.mu guards its fields, but for those of the store, which has locks of its own. After a
// kill another node takes its place.
type node struct {
	w         *world
	group, at int // its place in world.nodes
	cache     *lru.Cache
	log       *replica.Log
	store     *replica.CacheStore
	live      *topology.Live
	view      coordination.Assignment // the latest that it has heard of from etcd
	owned     ring.SlotSet            // of its group, by live
	stop      context.CancelFunc      // ends its goroutines

	up, leads, held bool
	epoch, term     uint64
	suspended       *ring.SlotSet
	taker           *move.Taker // nil: it does not lead
	conns           map[net.Conn]bool

	from     *node // whose log it follows; nil: nobody's
	followed uint64
	seen     [keyCount]int // the least state that it may answer as a secondary, by key
}

// note is the payload of a note in the log.
type note struct {
	Version uint64
	Move    topology.Move
}

func (w *world) newNode(group, at int) *node {
	n := &node{w: w, group: group, at: at, up: true, conns: map[net.Conn]bool{}, view: w.etcd.a}
	var err error
	clock := func() int64 { return time.Now().UnixMilli() }
	if n.cache, err = lru.New(lru.Options{MaxMemory: 4 * lru.MinMemory, Shards: 1, Clock: clock, NoBackground: true}); err != nil {
		panic(err)
	}
	if n.log, err = replica.NewLog(replica.MinLog, 1); err != nil {
		panic(err)
	}
	n.store = replica.NewCacheStore(n.cache)
	n.live = topology.NewLive(w.topology(w.etcd.a))
	n.knows()
	ctx, cancel := context.WithCancel(w.ctx)
	n.stop = cancel
	m := drive.New(drive.Options{Group: w.name(group), Assignments: n, Node: n, Cache: n.cache, Log: n.log})
	w.running.Go(func() { m.Run(ctx) })
	w.every(ctx, 30*time.Millisecond, func() {
		if w.etcd.away.IsZero() {
			n.heard(w.etcd.a)
			m.Wake()
		}
	})
	w.every(ctx, 4*time.Millisecond, n.replicate)
	return n
}

// knows takes what live knows. REQUIRES mu, as all methods below unless they say otherwise.
func (n *node) knows() {
	n.owned = ring.SlotSet{}
	for _, o := range n.live.Now().Slots.Owners {
		if o.Group == n.w.name(n.group) {
			n.owned = o.Ranges.Set()
		}
	}
}

// heard takes an assignment of etcd, unless it is older than one that the node has seen.
func (n *node) heard(a coordination.Assignment) {
	if !n.up || a.Slots.Version <= n.view.Slots.Version {
		return
	}
	n.view = a
	n.live.Set(n.w.topology(a))
	n.knows()
	if n.taker != nil {
		over := n.w.all
		for _, m := range a.Moves {
			if m.To == n.w.name(n.group) {
				set := m.Ranges.Set()
				for i := range over {
					over[i] &^= set[i]
				}
			}
		}
		n.taker.End(&over)
	}
}

// lead begins a term as the primary.
func (n *node) lead(epoch uint64) {
	n.leads, n.epoch, n.from = true, epoch, nil
	n.term++
	n.taker = move.NewTaker(n.cache, n.log)
	n.heard(n.w.etcd.a)
	for _, o := range n.w.nodes[n.group] {
		if o != n && o.up {
			o.follow(n)
		}
	}
}

// resign ends the term. The node's Mover hears of it later.
func (n *node) resign() {
	n.leads = false
	n.taker.Stop()
	n.taker = nil
	for c := range n.conns {
		c.Close()
	}
}

// kill ends the process.
func (n *node) kill() {
	n.resign()
	n.up = false
	n.stop()
}

// follow makes the node a secondary with all that the primary has.
func (n *node) follow(p *node) {
	n.cache.Flush()
	s := p.cache.Shards()
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		cursor = s.Scan(cursor, 1000, s.Now(), func(r lru.Reader, e lru.Entry, key []byte) {
			if err := n.cache.Set(key, r.AppendValue(nil, e), 0); err != nil {
				panic(err)
			}
		})
	}
	n.from, n.followed, n.seen = p, p.log.Merge(), [keyCount]int{}
}

// replicate applies some of the primary's log.
func (n *node) replicate() {
	if !n.up || n.leads || n.from == nil {
		return
	}
	end := n.from.log.Merge()
	for n.followed < end && n.w.pick(4) > 0 {
		b, err := n.from.log.ReadRecords(nil, n.followed, end, 1+n.w.pick(400))
		if err == nil {
			err = n.store.Apply(b, n.noted)
		}
		if err != nil {
			n.follow(n.from)
			return
		}
		n.followed += uint64(len(b))
	}
}

func (n *node) noted(payload []byte) {
	var of note
	if err := json.Unmarshal(payload, &of); err != nil {
		panic(err)
	}
	n.live.Moved(of.Move, of.Version)
	n.knows()
}

// moved takes the news that a move is done.
func (n *node) moved(m topology.Move, version uint64) {
	n.live.Moved(m, version)
	n.knows()
	n.suspended = nil
	if n.taker == nil {
		return
	}
	payload, err := json.Marshal(note{version, m})
	if err != nil {
		panic(err)
	}
	if !n.w.mutant.removesFirst {
		n.log.Note(payload)
		return
	}
	n.w.after(n.w.ctx, 50*time.Millisecond, func() { n.log.Note(payload) })
}
