package replica

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// MaxFullSyncs is how many full syncs of a primary run at a time.
const MaxFullSyncs = 2

// PrimaryOptions describe a primary to its replication.
type PrimaryOptions struct {
	Group, ID   string
	Secondaries []string // their ids
	Store       Store
	Log         *Log
	// Batch is about how many bytes are written at once. Default: 256 KB.
	Batch int
	Timing
	// Requests counts what clients had executed so far, in any unit that grows with each request. A full sync
	// holds back while the count rises. It is called often and must be cheap. nil: full syncs always hold back.
	Requests func() int64
	// Recover waits for secondaries that cannot be reached at once, up to Timing.Ask.
	Recover bool
	// Gaps is how often the process was stopped: see Clock. nil: never.
	Gaps func() int64
	// Holds is what the store holds when the primary begins. If it is complete the primary serves at once, and its
	// history goes on from there. Zero: unknown.
	Holds Position
	// Partial says that the store has only a part of what the group has: the primary asks the others first.
	Partial bool
	// Wall is the time of day in milliseconds since the epoch; it gives the history
	// its epoch. Required.
	Wall func() int64
	// Rand draws ids and spreads attempts. Required.
	Rand   *rand.Rand
	Logger *zap.Logger // nil: none

	// Of the terms before.
	heard   uint64 // the latest epoch
	counts  Counts
	refused *refusals // nil: new ones
}

// Primary decides what its links do: see the package's document. Safe for
// concurrent use.
type Primary struct {
	opts    PrimaryOptions
	log     *zap.Logger
	list    atomic.Pointer[[]*Link] // see Links
	changed chan struct{}           // see Changed
	ready   chan struct{}           // closed once it serves

	waiting atomic.Int64 // len(waiters)
	retired atomic.Bool  // see retire
	refused *refusals
	roll    atomic.Pointer[roll] // the latest; nil: it does not serve yet

	mu       sync.Mutex // taken after a link's, never before
	phase    phase
	history  History
	prior    Position // equal to the beginning of history; Complete false: none
	maxEpoch uint64
	// While it asks: all members are waited for until askUntil, those that may have the latest data until longUntil.
	askUntil, longUntil time.Duration
	gaps                int64  // that askUntil allows for
	gaveUp              bool   // nobody is waited for: see GiveUp
	holding             string // who keeps it from serving, and why; empty: nobody
	saidHold            string // ids of those that the log says so of

	donor    *Link
	took     Position // what the donor said that it held
	fetching Fetching
	told     time.Duration // when a line about fetching was last logged

	syncs   int // full syncs that run
	waiters []*waiter
	count   Counts
}

// Counts are events since the start.
type Counts struct {
	FullSyncs, PartialSyncs, Reconnects int64
	// Overruns are full syncs of secondaries that hold this history, and lack more of it than the log has.
	Overruns       int64
	Batches, Bytes int64 // written to secondaries
}

// waiter waits for n secondaries to have what is before offset, and for a certain one among them.
type waiter struct {
	offset uint64
	n      int
	of     *Link // nil: any
	done   func()
}

// met reports whether w need not wait any longer. A secondary that has refused this primary is not waited for.
func (w *waiter) met(p *Primary) bool {
	if l := w.of; l != nil && !l.has(w.offset) {
		return l.refusedUs.Load()
	}
	return p.Acked(w.offset) >= w.n
}

// has reports whether the secondary is in step and has everything before offset.
func (l *Link) has(offset uint64) bool { return l.inStep.Load() && l.acked.Load() >= offset }

// NewPrimary returns a primary that begins at now. One that has data (see PrimaryOptions.Holds and Partial), or
// has no secondaries, serves at once. No change may be logged meanwhile.
func NewPrimary(o PrimaryOptions, now time.Duration) *Primary {
	o.Timing = o.Timing.withDefaults()
	if o.Batch == 0 {
		o.Batch = 256 << 10
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	if o.Gaps == nil {
		o.Gaps = func() int64 { return 0 }
	}
	p := &Primary{opts: o, log: o.Logger, ready: make(chan struct{}), askUntil: now + o.Ask, longUntil: now + o.RecoverTimeout,
		changed: make(chan struct{}, 1), refused: o.refused, count: o.counts, maxEpoch: max(o.heard, o.Holds.Epoch)}
	if p.refused == nil {
		p.refused = &refusals{}
	}
	links := make([]*Link, 0, len(o.Secondaries))
	for _, id := range o.Secondaries {
		links = append(links, newLink(p, id))
	}
	p.list.Store(&links)
	o.Log.wake = p.wakeAll
	switch entries, _ := o.Store.Size(); {
	case o.Holds.Complete:
		p.serve(o.Holds)
	case len(links) == 0, entries > 0 && !o.Partial:
		p.serve(Position{})
	}
	return p
}

// Serving is closed once the primary may serve clients.
func (p *Primary) Serving() <-chan struct{} { return p.ready }

// serve begins the history. REQUIRES mu, or that nobody else has p.
func (p *Primary) serve(from Position) {
	p.phase, p.donor = phaseServing, nil
	p.history.Epoch = max(later(p.maxEpoch), uint64(max(p.opts.Wall(), 0)))
	for i := 0; i < len(p.history.ID); i += 4 {
		binary.LittleEndian.PutUint32(p.history.ID[i:], p.opts.Rand.Uint32())
	}
	p.prior = from
	p.opts.Log.StartAt(from.Offset)
	close(p.ready)
	p.call()
}

func (p *Primary) wakeAll() {
	for _, l := range p.Links() {
		l.wake()
	}
}

func (p *Primary) isServing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phase == phaseServing
}

// covers reports whether a secondary at pos can go on from there: it holds this
// history, and the log reaches back far enough. Only the latter fails in an overrun.
func (p *Primary) covers(pos Position) (covered, overrun bool) {
	p.mu.Lock()
	same := pos.Complete && (pos.ID == p.history.ID ||
		p.prior.Complete && pos.ID == p.prior.ID && pos.Offset == p.prior.Offset)
	p.mu.Unlock()
	if !same {
		return false, false
	}
	end := p.opts.Log.Merge()
	from, _ := p.opts.Log.Bounds()
	return pos.Offset >= from && pos.Offset <= end, pos.Offset < from
}

// claimSync asks for leave to run a full sync.
func (p *Primary) claimSync() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.syncs >= MaxFullSyncs {
		return false
	}
	p.syncs++
	p.count.FullSyncs++
	return true
}

func (p *Primary) releaseSync() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.syncs--
	p.wakeAll()
}

func (p *Primary) currentHistory() History {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.history
}

func (p *Primary) counted(fn func(*Counts)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fn(&p.count)
}

// jitter is retryAfter with the primary's source of chance.
func (p *Primary) jitter(fails int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return retryAfter(fails, p.opts.Rand)
}
