package move

import (
	"errors"
	"time"

	"github.com/cachegopher/cachegopher/replica"
)

var (
	errFlushedHere = errors.New("the store was flushed")
	errRecords     = errors.New("a record is not whole")
)

// copy sends the next request of records, or does what the hand-over needs next.
func (g *Giver) copy(now time.Duration) Action {
	if g.full() {
		return Action{Until: g.due()}
	}
	if g.at == len(g.pending) {
		switch err := g.fill(now); {
		case errors.Is(err, errFlushedHere), errors.Is(err, replica.ErrFellOff):
			g.state, g.lastError = stateConnected, err.Error() // begin anew on this connection
			return g.next(now)
		case err != nil:
			g.fail(err)
			return g.next(now)
		}
	}
	switch {
	case g.at < len(g.pending):
		records := g.pending[g.at:]
		n := replica.WholeRecords(records, requestSize)
		if n == 0 {
			g.fail(errRecords)
			return g.next(now)
		}
		records = records[:n]
		g.at += n
		g.bytes += int64(len(records))
		return g.send(now, requestRecords, "RECORDS", string(records))
	case g.state == stateFinishing && g.pos == g.final:
		g.state = stateConfirming
		g.confirm++
		return g.send(now, requestConfirm, "CONFIRM")
	case g.state == stateCopying && g.near(now) && !g.asking && now >= g.answeredUntil:
		g.asking = true
		return Action{Do: Ask}
	case g.state == stateCopying && g.near(now) && !g.asking:
		g.state, g.holding, g.holdUntil, g.fails, g.answeredUntil = stateHolding, true, now+g.opts.HoldLimit, 0, 0
		return Action{Do: Hold}
	case g.busy(now):
		return Action{Until: now}
	case !g.walked:
		return Action{Until: min(g.due(), g.pollAt, g.walkFrom(now))}
	}
	return Action{Until: min(g.due(), g.pollAt)}
}

// full reports whether the taker has enough to answer.
func (g *Giver) full() bool {
	if g.walked {
		return len(g.sent) >= window
	}
	bytes := 0
	for _, r := range g.sent {
		bytes += r.size
	}
	return len(g.sent) >= walkWindow || bytes >= window*requestSize
}

// busy reports whether fill has something to do.
func (g *Giver) busy(now time.Duration) bool {
	return len(g.piece) > 0 || g.pos < g.logEnd || !g.walked && now >= g.walkFrom(now)
}

// near reports whether the taker has nearly everything and answers quickly enough, so that writes need to be held only briefly.
func (g *Giver) near(now time.Duration) bool {
	if !g.walked || g.busy(now) || now < g.holdAt || len(g.sent) > 1 {
		return false
	}
	return len(g.sent) == 0 || g.trip <= g.opts.Within || now-g.nearSince >= patience
}

// fill puts the next records into pending, of the log and of pieces of the store. It does a bounded amount of work, and may
// find nothing.
func (g *Giver) fill(now time.Duration) (err error) {
	g.pending, g.at = g.pending[:0], 0
	g.look(now)
	for work := 0; len(g.pending) < requestSize && work < 4*readSize; work += pieceSize {
		switch {
		case len(g.piece) > 0 && g.pos < g.pieceAt:
			err = g.readLog(g.pieceAt) // no further: what follows may be newer than the piece
		case len(g.piece) > 0:
			g.pending = append(g.pending, g.piece...)
			g.piece = g.piece[:0]
		case g.pos < g.logEnd:
			err = g.readLog(g.logEnd)
		case !g.walked && now >= g.walkFrom(now):
			g.walk(now)
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// look finds the end of the log, now and then: while the store is walked more rarely, so that records travel with its pieces.
func (g *Giver) look(now time.Duration) {
	if g.state == stateFinishing || now < g.pollAt {
		return
	}
	every := pollEvery
	if !g.walked {
		every = pollWhileWalking
	}
	g.pollAt, g.logEnd = now+every, g.src.end()
}

// readLog puts records of a part of the log before end into pending.
func (g *Giver) readLog(end uint64) (err error) {
	var flushed bool
	if g.pending, g.pos, flushed, err = g.src.read(g.pending, g.pos, end); flushed {
		return errFlushedHere
	}
	return err
}

// walk reads a piece of the store.
func (g *Giver) walk(now time.Duration) {
	g.piece, g.cursor, g.pieceAt = g.src.walk(g.piece[:0], g.cursor)
	g.pace.read(now, len(g.piece), g.opts.Rate())
	if g.cursor == 0 {
		g.walked, g.nearSince, g.pollAt = true, now, now
	}
}

// walkFrom is when the walk goes on.
func (g *Giver) walkFrom(now time.Duration) time.Duration {
	if len(g.sent) == 0 {
		return g.pace.from(now, 0, false)
	}
	return g.pace.from(now, g.sent[0].at, true)
}
