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
)

// answer is what a primary knows of a secondary while it asks.
type answer uint8

const (
	answerNone answer = iota
	answerUnreachable
	answerRefused // it is there, and does not let this node sign in: what it holds is not known
	answerPosition
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
	case p.phase == phaseAsking && now < p.askUntil:
		return verdictWait, p.askUntil
	}
	return verdictWait, 0
}

// decide ends the asking once every secondary has answered, or the time is over. It does not while the only
// data there may be is with a secondary that refuses this node: serving would be to lose it for a wrong password.
// REQUIRES mu.
func (p *Primary) decide(now time.Duration) {
	if p.phase != phaseAsking {
		return
	}
	best, waiting, reached, refusing := -1, 0, 0, ""
	for i, a := range p.answers {
		switch {
		case a == answerPosition:
			reached++
			if p.holds[i].Entries > 0 && (best < 0 || p.holds[i].better(p.holds[best])) {
				best = i
			}
		case a == answerRefused:
			refusing = p.links[i].id
			waiting++
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
	} else if refusing != "" {
		if !p.saidRefused {
			p.log.Error("recovery: not serving, since a secondary that may have the group's data does not let this node sign in; "+
				"correct the password or the certificates, and send SIGHUP", zap.String("secondary", refusing))
			p.saidRefused = true
		}
		return
	} else if reached == 0 {
		p.log.Warn("no secondary could be reached: starting EMPTY; secondaries that turn up later are made equal to this node",
			zap.Strings("secondaries", p.opts.Secondaries))
	}
	p.serve(Position{})
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

// signInRefused notes that a secondary is there and does not let this node sign in.
func (p *Primary) signInRefused(l *Link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[l.index] = answerRefused
}

// lost notes that the connection to a secondary is gone; away: that it cannot be asked now.
func (p *Primary) lost(now time.Duration, l *Link, away bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answers[l.index] != answerRefused { // which stands until it lets this node in
		p.answers[l.index] = answerNone
		if away {
			p.answers[l.index] = answerUnreachable
		}
	}
	if p.phase == phaseFetching && p.donor == l {
		p.log.Warn("recovery: lost the secondary that the data was taken from", zap.String("secondary", l.id))
		p.phase, p.donor = phaseAsking, nil
		p.answers[l.index] = answerNone
		p.askUntil = min(now+p.opts.Ask, p.started+p.opts.RecoverTimeout)
	}
	p.wakeAll()
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
