package client

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/internal/command"
)

// WithReadYourWrites makes the client's reads see its own writes, whichever member answers: once a write of a key has
// been acknowledged, no read of that key that begins later returns anything older. A member that may lack the write is
// not asked, and its memory not read, until it has said that it has applied it; meanwhile the others answer, and the
// primary if no other can. If that is unreachable, such a read fails as with FromPrimary.
//
// It holds for every method but DoNode, and for all goroutines of this client; writes of other clients are not covered. A
// change of primary that loses acknowledged writes loses them here too: see docs/replication.md.
func WithReadYourWrites() Option {
	return func(o *options) error {
		o.own = &ownWrites{seed: maphash.MakeSeed(), wake: make(chan struct{}, 1)}
		o.own.now.Store(1)
		return nil
	}
}

// ownStamps is the number of places for keys' stamps; a power of two. Keys share places, and then all of them wait for the
// latest write of one.
const ownStamps = 1 << 14

// ownWrites knows which members have the client's own writes. It is nil without WithReadYourWrites.
//
// A write gets a stamp once it is acknowledged. A question of a group raises the stamp of later writes before its primary is
// asked how long its log is; so the log has all writes with lower stamps, and a member that has applied that much of it has
// them too. That stamp is then its applied.through.
type ownWrites struct {
	seed   maphash.Seed
	now    atomic.Uint64            // the stamp of writes that are acknowledged now; the first is 1
	latest atomic.Uint64            // no write has a higher one
	all    atomic.Uint64            // of the last write that may have changed any key
	stamps [ownStamps]atomic.Uint64 // of the last write of a key, by the key's hash
	doubts atomic.Uint64            // how often a member's applied.through has become 0
	wake   chan struct{}            // holds a token if a group should be asked
	moved  atomic.Bool              // a question has raised some applied.through

	mu sync.Mutex // held while applied.through of a member is changed; guards what answers have said
}

// note gives the requests that were writes their stamps. Its caller has their results, and has not passed them on yet.
func (o *ownWrites) note(reqs []request) {
	if o == nil {
		return
	}
	stamp := o.now.Load()
	for i := range reqs {
		switch rq := &reqs[i]; {
		case rq.op == OpDo:
			o.noteCommand(rq.args, stamp)
		case rq.op == OpFlushAll:
			raise(&o.all, stamp)
		case rq.writes():
			raise(o.place(rq.key), stamp)
		default:
			continue
		}
		raise(&o.latest, stamp)
	}
}

// noteCommand notes a command's keys, if it is a write according to the table of commands, or all keys if the table does
// not say.
func (o *ownWrites) noteCommand(args []string, stamp uint64) {
	if len(args) == 0 {
		return // it was refused
	}
	spec, known := command.Find(args[0])
	switch {
	case known && !spec.Writes():
	case !known || spec.First == 0:
		raise(&o.all, stamp)
	default:
		for i := range spec.Keys(len(args)) {
			raise(o.place(args[i]), stamp)
		}
	}
}

func (o *ownWrites) place(key string) *atomic.Uint64 {
	return &o.stamps[maphash.String(o.seed, key)%ownStamps]
}

// raise makes v at least to.
func raise(v *atomic.Uint64, to uint64) {
	for {
		is := v.Load()
		if is >= to || v.CompareAndSwap(is, to) {
			return
		}
	}
}

// of is the stamp of the last write of key.
func (o *ownWrites) of(key string) uint64 { return max(o.place(key).Load(), o.all.Load()) }

// ofRequest is the latest stamp of the keys of a read, or of all if it may concern any.
func (o *ownWrites) ofRequest(rq *request) (stamp uint64) {
	if rq.op != OpDo {
		return o.of(rq.key)
	}
	spec, known := command.Find(rq.args[0])
	if !known || spec.First == 0 {
		return o.latest.Load()
	}
	for i := range spec.Keys(len(rq.args)) {
		stamp = max(stamp, o.of(rq.args[i]))
	}
	return stamp
}

// doubted changes whenever a member may have lost what it had. A read from any member counts only if it is the same
// before the member was chosen and after it has answered.
func (o *ownWrites) doubted() uint64 {
	if o == nil {
		return 0
	}
	return o.doubts.Load()
}

// doubt is called before reads may go to another process of n, or to n for keys that others have answered for: n no
// longer has any write for certain.
func (o *ownWrites) doubt(n *node) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	n.applied.said, n.applied.goal = position{}, goal{}
	n.applied.through.Store(0)
	o.doubts.Add(1)
}

// doubtAll is doubt of all nodes of t: keys may belong to other groups than before.
func (o *ownWrites) doubtAll(t *routing) {
	if o == nil {
		return
	}
	for _, n := range t.nodes {
		o.doubt(n)
	}
}

// lacking is the set of members of g that may lack a write of the client which the read rq must see: never the primary.
func (o *ownWrites) lacking(g *group, rq *request) uint64 {
	if o == nil || len(g.members) == 1 || g.behind(o.latest.Load()) == 0 {
		return 0
	}
	return o.lackingUpTo(g, o.ofRequest(rq))
}

// lackingUpTo is the set of members of g that may lack a write with this stamp or a lower one.
func (o *ownWrites) lackingUpTo(g *group, stamp uint64) uint64 {
	behind := g.behind(stamp)
	if behind == 0 {
		return 0
	}
	for i, n := range g.members {
		if behind>>i&1 == 1 && n.usable() {
			o.want(g)
		}
	}
	return behind &^ (1 << g.source())
}

// behind is the set of members that may lack a write with this stamp or a lower one.
func (g *group) behind(stamp uint64) (set uint64) {
	for i, n := range g.members {
		if n.applied.through.Load() < stamp {
			set |= 1 << i
		}
	}
	return set
}

// has reports whether the member of g at index i has all writes of key.
func (o *ownWrites) has(g *group, i int, key string) bool {
	if o == nil || len(g.members) == 1 {
		return true
	}
	through := g.members[i].applied.through.Load()
	if through >= o.latest.Load() || through >= o.of(key) {
		return true
	}
	o.want(g)
	return i == g.source()
}
