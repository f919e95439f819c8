package replica

import (
	"fmt"
	"time"

	"go.uber.org/zap"
)

// phase is the stage of a primary's term.
type phase uint8

const (
	phaseAsking   phase = iota // asks the members what they hold
	phaseFetching              // takes the data of the best of them
	phaseServing
	phaseRetired // the term is over
)

// verdict is the primary's decision for a link that knows its secondary's position.
type verdict uint8

const (
	verdictWait verdict = iota
	verdictFetch
	verdictSend
)

// verdict calls decide and returns the decision for l. until is the latest time to ask again; 0: no limit.
func (p *Primary) verdict(now time.Duration, l *Link) (v verdict, until time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.decide(now)
	switch {
	case p.phase == phaseServing:
		return verdictSend, 0
	case p.donor == l:
		return verdictFetch, 0
	}
	return verdictWait, p.nextAsk(now)
}

// heard takes the date of a member's history. This primary's date must be later; if it is not, it is raised and the
// secondaries are told.
func (p *Primary) heard(pos Position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.maxDate = max(p.maxDate, pos.Date)
	if p.phase == phaseServing && pos.ID != p.history.ID && pos.Date >= p.history.Date {
		p.history.Date = later(pos.Date)
		p.newRoster()
	}
}

// answered records what a member holds, and which members were in step with it.
func (p *Primary) answered(l *Link, pos Position, peers []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.candidate = candidate{answer: answerPosition, holds: pos, peers: peers}
	p.wakeAll()
}

// noteThere records that a member is there, and why it has not said what it holds.
func (p *Primary) noteThere(l *Link, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.candidate.answer, l.candidate.why = answerThere, why
}

// lost records that the connection to a member has broken or could not be made.
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
		p.log.Warn("recovery: lost the secondary while taking its data; asking again", zap.String("secondary", l.id))
		p.phase, p.donor = phaseAsking, nil
		p.askUntil, p.longUntil = now+p.opts.Ask, now+p.opts.RecoverTimeout
	}
	p.wakeAll()
}

func (p *Primary) startFetch(now time.Duration, l *Link, from Position) {
	if entries, _ := p.opts.Store.Size(); entries > 0 {
		p.opts.Store.Flush() // older data of its own, or the part that another secondary had sent before its connection was lost
	}
	p.own, p.opts.Holds = nil, Position{}
	p.phase, p.donor, p.gaveUp, p.loggedHold = phaseFetching, l, false, ""
	p.fetching, p.progressAt = Fetching{From: l.id, Entries: from.Entries, Since: now}, now
	p.log.Info("recovery: taking the data of a secondary", zap.String("secondary", l.id), zap.Int64("entries", from.Entries),
		zap.Uint64("offset", from.Offset), zap.Bool("complete", from.Complete))
	p.wakeAll()
}

// fetched ends the transfer from l: everything has arrived.
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
	if l.taking { // its store changed during the walk, so the result is not a state of its history
		p.serve(Position{}, nil)
		return
	}
	p.serve(p.took, l.told())
}

// Fetching is the progress of a primary that takes a secondary's data.
type Fetching struct {
	From    string        // the secondary's id; empty: no transfer is under way
	Entries int64         // that the secondary has
	Arrived int64         // entries that have arrived
	Bytes   int64         // of records that have arrived
	Since   time.Duration // when the transfer began
}

func (p *Primary) fetchedPiece(now time.Duration, records, bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := &p.fetching
	f.Arrived += int64(records)
	f.Bytes += int64(bytes)
	if now-p.progressAt >= progressEvery {
		p.progressAt = now
		p.log.Info("recovery: " + f.progress(now))
	}
}

// progressEvery is the interval at which the progress of a transfer is logged.
const progressEvery = time.Second

func (f Fetching) progress(now time.Duration) string {
	return progress(f.Arrived, f.Entries, f.Bytes, now-f.Since)
}

// progress formats the progress of a transfer: percent, rate and time left.
func progress(done, of, bytes int64, took time.Duration) string {
	part := min(float64(done)/float64(max(of, 1)), 1)
	left := "?"
	if part > 0 {
		left = time.Duration(float64(took) * (1 - part) / part).Round(100 * time.Millisecond).String()
	}
	return fmt.Sprintf("%.0f%%, %.1f MB/s, %s left", 100*part, float64(bytes)/1e6/max(took.Seconds(), 1e-3), left)
}
