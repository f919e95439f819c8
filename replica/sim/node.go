package sim

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
)

// node is one member of the group; each start of it is a new run.
type node struct {
	w     *world
	index int
	id    string
	alive bool
	run   int
	skew  time.Duration // of its clock
	clock int64         // the latest time that it returned
	ran   *replica.Clock
	stop  time.Duration // the process is stopped until then
	// refuses is its answer to a node that asks for a stream or its data; nil: it cooperates.
	refuses *refusal

	cache *lru.Cache
	store replica.Store
	old   *memory // a copy of what it held some time ago

	leader  int // index of its primary by its own config
	log     *replica.Log
	member  *replica.Member
	writes  bool             // clients may write
	primary *replica.Primary // nil: it is a secondary. turn updates primary and second
	drivers []*linkDriver    // of the primary's links
	history *history         // that it writes, once it serves
	second  *replica.Secondary
	follows *history // the history that it holds up to an offset, or that a full sync is bringing
	reign   *history // that it made as a primary, in a term that is over, while it is not known what the group has of it
	told    *history // that of the primary that last told this node what the group has
	past    *history // a reign that it has settled, all but what begins before the offset kept
	kept    uint64
	killed  bool          // the process of that term was killed
	ledger  []uint64      // memory that outlives the process
	lost    int64         // writes that it has counted as lost before
	view    view          // what it had to hold at the last check
	born    time.Duration // when its process started
	since   time.Duration // when its term began
	granted uint64        // the latest epoch in which this process may lead with what it has: by a hand-over, or by force

	left    *left    // what its last process has left, in a world whose nodes keep their memory; nil: nothing
	noted   []byte   // what the process has noted of its store
	leaves  bool     // the process ends in order: it takes no more writes
	elector *elector // nil: no etcd decides
	joins   bool     // it is in no config but its own
	threads []*thread
	request *request // the clients' requests that it executes now; nil: none
}

// memory is a copy of a node's data, for a restart with it.
type memory struct {
	entries  map[string]entry
	position replica.Position
}

// entry is a value and its expiry in milliseconds.
type entry struct {
	value    string
	expireAt int64
}

// epoch is the time of day when the world begins, in milliseconds.
const epoch = int64(1_700_000_000_000)

// time returns the node's time of day, which may be wrong but never goes back.
func (n *node) time() int64 {
	n.clock = max(n.clock, epoch+(n.w.now+n.skew).Milliseconds())
	n.w.latest = max(n.w.latest, n.clock)
	return n.clock
}

func (n *node) start(from *memory) {
	w := n.w
	n.run++
	n.alive, n.clock, n.leader, n.stop, n.refuses = true, 0, w.leader, 0, nil
	if w.promotes() {
		n.leader = 0 // the config stays
	}
	n.ran = replica.NewClock(func() time.Duration { return w.now })
	n.pulse(n.run)
	n.log, n.primary, n.history, n.second, n.follows, n.view = nil, nil, nil, nil, nil, view{}
	n.granted, n.born, n.told, n.past = 0, w.now, nil, nil
	var err error
	if n.left != nil {
		n.cache = n.left.cache
	} else {
		n.cache, err = lru.New(n.options())
	}
	if err != nil {
		w.fail("make a store: %v", err)
		return
	}
	if from != nil {
		for _, k := range slices.Sorted(maps.Keys(from.entries)) { // sorted, so that a seed replays
			n.restore(k, from.entries[k])
		}
	}
	n.store = w.mutation.wrap(n, replica.NewCacheStore(n.cache))
	n.join(from)
}

// join makes the node a member of the group; a secondary keeps its position.
func (n *node) join(from *memory) {
	w := n.w
	var err error
	if n.log, err = replica.NewLog(replica.MinLog, 1); err != nil {
		w.fail("make a log: %v", err)
		return
	}
	n.drivers, n.writes = nil, false
	chance := rand.NewPCG(w.seed, uint64(n.index)<<32|uint64(n.run))
	if n.index == n.leader {
		chance = rand.NewPCG(w.rnd.Uint64(), 1)
	}
	n.member = replica.NewMember(replica.MemberOptions{ID: n.id, Store: n.store, Log: n.log, Batch: w.params.batch, Timing: w.params.timing,
		Gaps: w.mutation.gaps(n), Wall: n.time, Rand: rand.New(w.mutation.source(chance)), Recover: w.rnd.IntN(2) == 0,
		Settle: w.mutation.settle(), Now: n.now, Elapsed: w.mutation.elapsed(n), Admit: n.admit, Changed: n.changed, Coordinated: w.etcd != nil,
		Transfer: n.transfers(), Spawn: n.beside, Ledger: n.openLedger(), Logger: w.logger(n)})
	n.checkLedger()
	n.comeBack()
	if from != nil && n.index != n.leader {
		n.member.Resume(from.position)
	}
	if w.etcd != nil {
		n.coordinate()
	} else {
		n.obey()
	}
	n.tick(n.run)
	if n.second != nil {
		w.checkStep(n, true)
	}
}

// tick does what replica.Member.Run does a few times a second.
func (n *node) tick(run int) {
	if n.alive && n.run == run {
		if n.stopped() {
			n.onceRuns(func() { n.tick(run) })
			return
		}
		n.attend()
		n.note()
		n.w.after(200*time.Millisecond, func() { n.tick(run) })
	}
}

// knock tells the node's primary that the node is up, if the primary can be reached.
func (n *node) knock() {
	w, leader := n.w, n.w.nodes[n.leader]
	w.after(w.upTo(w.params.delay), func() {
		if !w.blocked[[2]int{n.index, leader.index}] && leader.alive && !leader.stopped() && leader.primary != nil {
			if _, err := leader.member.Knock([]string{"g", n.id}); err != nil && !w.regroups() {
				w.fail("knock: %v", err)
			}
		}
	})
}

// crash ends the node at once.
func (n *node) crash() {
	n.w.notice(n)
	n.endTerm()
	if n.second != nil && n.old != nil && n.w.mutation == StaleMemory {
		n.old.position = n.second.Position()
	}
	n.alive = false
	n.w.forget()
	n.endThreads()
	n.elector, n.request = nil, nil
	for _, c := range append([]*conn(nil), n.w.conns...) {
		if c.out.from == n.index || c.out.to == n.index {
			c.cut()
		}
	}
	if n.w.keeps {
		n.keep()
		return
	}
	if err := n.cache.Close(); err != nil {
		n.w.fail("close a store: %v", err)
	}
	n.cache = nil
}
