package replica

import (
	"fmt"
	"time"

	"go.uber.org/zap"
)

// phase is how far a primary is.
type phase uint8

const (
	phaseAsking   phase = iota // which secondary has most
	phaseFetching              // takes its data
	phaseServing
	phaseRetired // it is no primary any more
)

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
	}
	return verdictWait, p.nextAsk(now)
}

// heard takes the epoch of a history that a member holds: this primary's is to be later, and its secondaries are told.
func (p *Primary) heard(pos Position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.maxEpoch = max(p.maxEpoch, pos.Epoch)
	if p.phase == phaseServing && pos.ID != p.history.ID && pos.Epoch >= p.history.Epoch {
		p.history.Epoch = later(pos.Epoch)
		p.call()
	}
}

// answered notes what a member holds, and who was in step with it.
func (p *Primary) answered(l *Link, pos Position, peers []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.candidate = candidate{answer: answerPosition, holds: pos, peers: peers}
	p.wakeAll()
}

// there notes that a member is there, and why it has not said what it holds.
func (p *Primary) there(l *Link, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.candidate.answer, l.candidate.why = answerThere, why
}

// lost notes that the connection to a member is gone, or could not be made.
func (p *Primary) lost(now time.Duration, l *Link, how absence, why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := &l.candidate
	switch how {
	case present:
		m.answer, m.why = answerThere, why.Error()
	case unasked:
		m.answer, m.why = answerUnasked, why.Error()
	case silent:
		m.answer = answerSilent
	case gone:
		*m = candidate{answer: answerGone}
	}
	if p.phase == phaseFetching && p.donor == l {
		p.log.Warn("recovery: lost the secondary that the data was taken from", zap.String("secondary", l.id))
		p.phase, p.donor = phaseAsking, nil
		p.askUntil, p.longUntil = now+p.opts.Ask, now+p.opts.RecoverTimeout
	}
	p.wakeAll()
}

func (p *Primary) startFetch(now time.Duration, l *Link, from Position) {
	if entries, _ := p.opts.Store.Size(); entries > 0 {
		p.opts.Store.Flush() // what another one that was lost had sent
	}
	p.phase, p.donor, p.gaveUp, p.saidHold = phaseFetching, l, false, ""
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
	p.took = p.dated(l)
	if l.taking { // it went on while it was walked: this is no place of its history
		p.serve(Position{})
		return
	}
	p.serve(p.took)
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

// tellEvery is how often the progress of a transfer is logged.
const tellEvery = time.Second

func (f Fetching) progress(now time.Duration) string {
	return progress(f.Arrived, f.Entries, f.Bytes, now-f.Since)
}

// progress shows how far a transfer is: percent, rate and time left.
func progress(done, of, bytes int64, took time.Duration) string {
	part := min(float64(done)/float64(max(of, 1)), 1)
	left := "?"
	if part > 0 {
		left = time.Duration(float64(took) * (1 - part) / part).Round(100 * time.Millisecond).String()
	}
	return fmt.Sprintf("%.0f%%, %.1f MB/s, %s left", 100*part, float64(bytes)/1e6/max(took.Seconds(), 1e-3), left)
}
