package replica

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// Primary holds the state of a primary for one term, and decides what its links do: see
// the package documentation. Safe for concurrent use.
type Primary struct {
	opts    PrimaryOptions
	log     *zap.Logger
	list    atomic.Pointer[[]*Link] // see Links
	changed chan struct{}           // see Changed
	ready   chan struct{}           // closed once it serves

	waiting atomic.Int64           // len(waiters)
	retired atomic.Bool            // see retire
	epoch   atomic.Uint64          // of the group
	name    atomic.Pointer[string] // of the group: see group
	refused *refusals
	roster  atomic.Pointer[roster] // the latest; nil: it does not serve yet

	mu      sync.Mutex // taken after a Link's mu, never before
	phase   phase
	history History
	prior   Position // equal to the beginning of history; Complete false: none
	line    lineage  // of history
	start   uint64   // the first offset of history
	maxDate uint64
	// In phaseAsking it waits for all members until askUntil, and for those that may have the latest data until longUntil.
	askUntil, longUntil time.Duration
	gaps                int64  // value of Gaps when askUntil was set
	gaveUp              bool   // it waits for no member: see GiveUp
	holding             string // the members that keep it from serving, and why; empty: none
	loggedHold          string // the ids of these members when that was last logged

	own        *Link // stands for the doubtful data of this primary itself among the candidates; nil: there are none
	donor      *Link
	took       Position // the position of the donor; zero: nothing was taken
	fetching   Fetching
	progressAt time.Duration // when the progress of fetching was last logged

	syncs   int // full syncs under way
	waiters []*waiter
	count   Counts
}

// NewPrimary returns a primary that begins at the time now. If it has data (see PrimaryOptions.Holds and Partial) or no
// secondaries it serves at once. Nothing may be logged before NewPrimary returns.
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
		changed: make(chan struct{}, 1), refused: o.refused, count: o.counts, maxDate: max(o.heard, o.Holds.Date)}
	if p.refused == nil {
		p.refused = &refusals{}
	}
	if p.opts.stale == nil {
		p.opts.stale = func(leadership) {}
	}
	p.epoch.Store(o.epoch)
	p.name.Store(&p.opts.Group)
	links := make([]*Link, 0, len(o.Secondaries))
	for _, id := range o.Secondaries {
		links = append(links, newLink(p, id))
	}
	p.list.Store(&links)
	o.Log.wake = p.wakeAll
	switch entries, _ := o.Store.Size(); {
	case o.Holds.Complete && (!o.Doubtful || len(links) == 0):
		p.serve(o.Holds, o.line)
	case o.Holds.Complete, o.Holds.Date > 0 && entries > 0 && len(links) > 0:
		o.Holds.Entries = entries
		p.own = newLink(p, o.ID)
		p.own.candidate = candidate{answer: answerPosition, holds: o.Holds, peers: o.peers}
	case len(links) == 0, entries > 0 && !o.Partial:
		p.serve(Position{}, nil)
	}
	return p
}

// Serving is closed once the primary may serve clients.
func (p *Primary) Serving() <-chan struct{} { return p.ready }

// serve begins the primary's history, which continues that of the position from. REQUIRES mu, or that p is not shared yet.
func (p *Primary) serve(from Position, line lineage) {
	p.phase, p.donor = phaseServing, nil
	p.history.Date = max(later(p.maxDate), dateOf(p.epoch.Load(), p.opts.Wall()))
	for i := 0; i < len(p.history.ID); i += 4 {
		binary.LittleEndian.PutUint32(p.history.ID[i:], p.opts.Rand.Uint32())
	}
	p.prior, p.line, p.start = from, line.with(from), from.Offset
	entries, _ := p.opts.Store.Size()
	known := from.Complete || entries == 0
	if !known {
		p.line = untold
	}
	p.opts.Log.Merge()
	if p.opts.begins != nil { // it may count records that the log is about to drop
		p.opts.begins(p.history.ID, p.start, p.line, known)
	}
	if p.opts.Holds.Complete { // the log may have the records before that position
		p.opts.Log.continueAt(from.Offset)
	} else {
		p.opts.Log.StartAt(from.Offset)
	}
	close(p.ready)
	p.newRoster()
}

func (p *Primary) wakeAll() {
	for _, l := range p.Links() {
		l.wake()
	}
}

// setEpoch records a later epoch of the group, in which this primary still leads. Open streams continue.
func (p *Primary) setEpoch(epoch uint64) {
	if p.epoch.Swap(epoch) == epoch {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase == phaseServing {
		p.history.Date = max(p.history.Date, dateOf(epoch, p.opts.Wall()))
		p.newRoster()
	}
	p.wakeAll()
}

// group returns the group's name. A config that names another primary changes it, for streams that begin from then on.
func (p *Primary) group() string { return *p.name.Load() }

func (p *Primary) isServing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phase == phaseServing
}

// covers reports whether a partial sync can start at pos: pos is a state of this history or of one that it continues, and
// the log has everything after it. overrun: only the log is too short. A state beyond the point at which this primary began
// is not part of its history.
func (p *Primary) covers(pos Position) (covered, overrun bool) {
	p.mu.Lock()
	line := p.line
	if p.epoch.Load() == 0 { // secondaries do not receive the lineage, and would name their state after this history
		line = nil
	}
	same := pos.Complete && (pos.ID == p.history.ID || line.has(pos) ||
		p.prior.Complete && pos.ID == p.prior.ID && pos.Offset == p.prior.Offset)
	p.mu.Unlock()
	if !same {
		return false, false
	}
	end := p.opts.Log.Merge()
	from, _ := p.opts.Log.Bounds()
	return pos.Offset >= from && pos.Offset <= end, pos.Offset < from
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

// jitter calls retryAfter with the primary's random source.
func (p *Primary) jitter(fails int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return retryAfter(fails, p.opts.Rand)
}
