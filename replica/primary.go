package replica

import (
	"encoding/binary"
	"fmt"
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
	// Recover waits for secondaries that cannot be reached at once, up to Timing.Ask.
	Recover bool
	// Wall is the time of day in milliseconds since the epoch; it gives the history
	// its epoch. Required.
	Wall func() int64
	// Rand draws ids and spreads attempts. Required.
	Rand   *rand.Rand
	Logger *zap.Logger // nil: none
}

// phase is how far a primary is.
type phase uint8

const (
	phaseAsking   phase = iota // which secondary has most
	phaseFetching              // takes its data
	phaseServing
)

// answer is what a primary knows of a secondary while it asks.
type answer uint8

const (
	answerNone answer = iota
	answerUnreachable
	answerPosition
)

// Primary decides what its links do: see the package's document. Safe for
// concurrent use.
type Primary struct {
	opts  PrimaryOptions
	log   *zap.Logger
	links []*Link
	ready chan struct{} // closed once it serves

	waiting atomic.Int64 // len(waiters)

	mu       sync.Mutex // taken after a link's, never before
	phase    phase
	history  History
	prior    Position // equal to the beginning of history; Complete false: none
	maxEpoch uint64
	started  time.Duration
	askUntil time.Duration
	answers  []answer
	holds    []Position
	donor    *Link
	fetching Fetching
	told     time.Duration // when a line about fetching was last logged
	syncs    int           // full syncs that run
	waiters  []*waiter
	count    Counts
	refused  refusals
}

// Counts are events since the start.
type Counts struct {
	FullSyncs, PartialSyncs, Reconnects int64
	Batches, Bytes                      int64 // written to secondaries
}

// waiter waits for n secondaries to have what is before offset.
type waiter struct {
	offset uint64
	n      int
	done   func()
}

// NewPrimary returns a primary that begins at now. One whose store has entries, or
// that has no secondaries, serves at once.
func NewPrimary(o PrimaryOptions, now time.Duration) *Primary {
	o.Timing = o.Timing.withDefaults()
	if o.Batch == 0 {
		o.Batch = 256 << 10
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	p := &Primary{opts: o, log: o.Logger, ready: make(chan struct{}), started: now, askUntil: now + o.Ask}
	p.answers, p.holds = make([]answer, len(o.Secondaries)), make([]Position, len(o.Secondaries))
	for i, id := range o.Secondaries {
		p.links = append(p.links, newLink(p, i, id))
	}
	o.Log.wake = p.wakeAll
	if entries, _ := o.Store.Size(); entries > 0 || len(p.links) == 0 {
		p.serve(Position{})
	}
	return p
}

// Links are the connections to the secondaries, in the order of their ids.
func (p *Primary) Links() []*Link { return p.links }

// Serving is closed once the primary may serve clients.
func (p *Primary) Serving() <-chan struct{} { return p.ready }

// serve begins the history. REQUIRES mu, or that nobody else has p.
func (p *Primary) serve(from Position) {
	p.phase, p.donor = phaseServing, nil
	p.history.Epoch = max(p.maxEpoch+1, uint64(max(p.opts.Wall(), 0)))
	for i := 0; i < len(p.history.ID); i += 4 {
		binary.LittleEndian.PutUint32(p.history.ID[i:], p.opts.Rand.Uint32())
	}
	p.prior = from
	p.opts.Log.StartAt(from.Offset)
	close(p.ready)
	p.wakeAll()
}

func (p *Primary) wakeAll() {
	for _, l := range p.links {
		l.wake()
	}
}

// answered notes what a secondary holds.
func (p *Primary) answered(l *Link, pos Position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[l.index], p.holds[l.index] = answerPosition, pos
	if p.maxEpoch = max(p.maxEpoch, pos.Epoch); p.phase == phaseServing && pos.Epoch > p.history.Epoch {
		p.history.Epoch = pos.Epoch + 1
	}
	p.wakeAll()
}

// lost notes that the connection to a secondary is gone; away: that it cannot be asked now.
func (p *Primary) lost(now time.Duration, l *Link, away bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[l.index] = answerNone
	if away {
		p.answers[l.index] = answerUnreachable
	}
	if p.phase == phaseFetching && p.donor == l {
		p.log.Warn("recovery: lost the secondary that the data was taken from", zap.String("secondary", l.id))
		p.phase, p.donor = phaseAsking, nil
		p.answers[l.index] = answerNone
		p.askUntil = min(now+p.opts.Ask, p.started+p.opts.RecoverTimeout)
	}
	p.wakeAll()
}

// verdict is what a link that has its secondary's position is to do.
type verdict uint8

const (
	verdictWait verdict = iota
	verdictFetch
	verdictStream
)

// verdict decides, if it is time to. until is when to ask again at the latest, 0: any time.
func (p *Primary) verdict(now time.Duration, l *Link) (v verdict, until time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.decide(now)
	switch {
	case p.phase == phaseServing:
		return verdictStream, 0
	case p.donor == l:
		return verdictFetch, 0
	case p.phase == phaseAsking:
		return verdictWait, p.askUntil
	}
	return verdictWait, 0
}

// decide ends the asking once every secondary has answered, or the time is over.
// REQUIRES mu.
func (p *Primary) decide(now time.Duration) {
	if p.phase != phaseAsking {
		return
	}
	best, waiting, reached := -1, 0, 0
	for i, a := range p.answers {
		switch {
		case a == answerPosition:
			reached++
			if p.holds[i].Entries > 0 && (best < 0 || p.holds[i].better(p.holds[best])) {
				best = i
			}
		case a == answerNone || p.opts.Recover:
			waiting++
		}
	}
	if waiting > 0 && now < p.askUntil {
		return
	}
	if best >= 0 {
		p.startFetch(now, p.links[best], p.holds[best])
		return
	}
	if entries, _ := p.opts.Store.Size(); entries > 0 {
		p.log.Warn("recovery: no secondary is left to take data from; serving what has arrived", zap.Int64("entries", entries))
	} else if reached == 0 {
		p.log.Warn("no secondary could be reached: starting EMPTY; secondaries that turn up later are made equal to this node",
			zap.Strings("secondaries", p.opts.Secondaries))
	}
	p.serve(Position{})
}

func (p *Primary) startFetch(now time.Duration, l *Link, from Position) {
	if entries, _ := p.opts.Store.Size(); entries > 0 {
		p.opts.Store.Flush() // what another one that was lost had sent
	}
	p.phase, p.donor = phaseFetching, l
	p.fetching, p.told = Fetching{From: l.id, Entries: from.Entries, Since: now}, now
	p.log.Info("recovery: taking the data of a secondary", zap.String("secondary", l.id), zap.Int64("entries", from.Entries),
		zap.Uint64("offset", from.Offset), zap.Bool("complete", from.Complete))
	p.wakeAll()
}

// fetched says that l has brought everything.
func (p *Primary) fetched(now time.Duration, l *Link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase != phaseFetching || p.donor != l {
		return
	}
	entries, bytes := p.opts.Store.Size()
	p.log.Info("recovery: done", zap.String("secondary", l.id), zap.Int64("entries", entries), zap.Int64("bytes", bytes),
		zap.Duration("took", now-p.fetching.Since))
	if l.taking { // it went on while it was walked: this is no place of its history
		p.serve(Position{})
		return
	}
	p.serve(p.holds[l.index])
}

func (p *Primary) isServing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phase == phaseServing
}

// Fetching is how far a primary's recovery is.
type Fetching struct {
	From    string // id of the secondary; empty: nothing is fetched
	Entries int64  // that it has
	Arrived int64
	Bytes   int64 // arrived
	Since   time.Duration
}

func (p *Primary) fetchedPiece(now time.Duration, records, bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := &p.fetching
	f.Arrived += int64(records)
	f.Bytes += int64(bytes)
	if now-p.told >= tellEvery {
		p.told = now
		p.log.Info("recovery: " + f.progress(now))
	}
}

func (f Fetching) progress(now time.Duration) string {
	return progress(f.Arrived, f.Entries, f.Bytes, now-f.Since)
}

// tellEvery is how often the progress of a transfer is logged.
const tellEvery = time.Second

// progress shows how far a transfer is: percent, rate and time left.
func progress(done, of, bytes int64, took time.Duration) string {
	part := min(float64(done)/float64(max(of, 1)), 1)
	left := "?"
	if part > 0 {
		left = time.Duration(float64(took) * (1 - part) / part).Round(100 * time.Millisecond).String()
	}
	return fmt.Sprintf("%.0f%%, %.1f MB/s, %s left", 100*part, float64(bytes)/1e6/max(took.Seconds(), 1e-3), left)
}

// covers reports whether a secondary at pos can go on from there. The log reaches
// back far enough.
func (p *Primary) covers(pos Position) bool {
	p.mu.Lock()
	same := pos.Complete && (pos.ID == p.history.ID ||
		p.prior.Complete && pos.ID == p.prior.ID && pos.Offset == p.prior.Offset)
	p.mu.Unlock()
	if !same {
		return false
	}
	end := p.opts.Log.Merge()
	from, _ := p.opts.Log.Bounds()
	return pos.Offset >= from && pos.Offset <= end
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
