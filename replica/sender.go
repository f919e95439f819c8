package replica

import (
	"time"

	"go.uber.org/zap"
)

// sender is the part of a Link that sends the log and full syncs.
type sender struct {
	pos     uint64        // the next offset to send
	since   time.Duration // when unsent records were first seen; 0: none were
	ackedAt time.Duration // when the last ack came
	armed   bool          // the next change of the log wakes the link
	// The epoch last sent to the secondary, the epoch of its last confirmation, and when the confirmed frame was sent.
	leadsTold, followsIn uint64
	followsAt            time.Duration
	leadsAt              time.Duration // when it was last told
	line                 lineage       // of what the secondary holds, as it has answered: see told
	lineTold             bool

	asked uint64 // an ack of everything before this offset has been requested

	sync     syncState
	syncFrom time.Duration // when it began
	cursor   uint64        // of the walk
	walked   bool          // the walk is over
	piece    []byte        // records to send after the log up to pieceAt
	pieceAt  uint64
	sent     int64 // bytes of pieces
	// The walk pauses until restUntil; 0: rest has not been called since the last batch.
	restUntil time.Duration
	requests  int64         // the last value of PrimaryOptions.Requests
	usedUntil time.Duration // one of the ends counts as used by clients until then

	lags  [64]lagSample // ring of batches that are not acknowledged
	first int
	count int
	lag   time.Duration // of the last batch that was acknowledged
}

// begin starts a partial or a full sync, by what the secondary holds.
func (l *Link) begin(now time.Duration) Action {
	l.leadsTold = 0 // a frameLeads sent before the primary served lacks its lineage
	covered, overrun := l.p.covers(l.holds)
	if overrun {
		l.fellBehind(nil)
	}
	if !covered {
		l.sync = syncQueued
		return l.sendNext(now)
	}
	l.pos = l.holds.Offset
	l.p.counted(func(c *Counts) { c.PartialSyncs++ })
	l.p.log.Info("replication: partial sync", zap.String("secondary", l.id), zap.Uint64("offset", l.pos))
	return l.send(now, l.announce(l.appendLeads(now, l.out[:0]), false))
}

// fellBehind counts and logs that the log no longer has what the secondary lacks. err may be nil.
func (l *Link) fellBehind(err error) {
	l.p.counted(func(c *Counts) { c.Overruns++ })
	l.p.log.Warn("replication: a secondary fell too far behind", zap.String("secondary", l.id), zap.Error(err))
}

func (l *Link) announce(dst []byte, full bool) []byte {
	entries, bytes := l.p.opts.Store.Size()
	b, at := openFrame(dst)
	bytes += entries * recordHead // the records' length, without expiries
	b = begin{full, l.p.currentHistory(), l.p.opts.Log.Merge(), uint64(entries), uint64(bytes)}.append(b)
	return closeFrame(b, at, frameBegin, l.pos)
}

// sendNext returns the next action of a link that sends the log or a full sync.
func (l *Link) sendNext(now time.Duration) Action {
	if l.leadsDue() {
		return l.send(now, l.appendLeads(now, l.out[:0]))
	}
	if l.rosterDue() {
		return l.send(now, l.appendBeat(now, l.out[:0]))
	}
	if l.paused.Load() {
		return l.beat(now, l.watch(now), 0)
	}
	switch l.sync {
	case syncQueued:
		if !l.p.claimSync() {
			return l.beat(now, never, 0)
		}
		l.sync, l.syncFrom = syncAnnounced, now
		l.cursor, l.walked, l.piece, l.sent, l.since = 0, false, l.piece[:0], 0, 0
		l.pos = l.p.opts.Log.Merge()
		l.setInStep(false)
		l.p.log.Info("replication: full sync begins", zap.String("secondary", l.id), zap.Uint64("offset", l.pos))
		return l.send(now, l.announce(l.out[:0], true))
	case syncAnnounced:
		return l.beat(now, never, 0)
	case syncWalking:
		if until := l.rest(now); until > now {
			return l.beat(now, until, 0)
		}
		l.restUntil = 0
		return l.batch(now, l.walk)
	}
	if due := l.due(now); due > now {
		return l.ask(now, due)
	}
	return l.batch(now, func(now time.Duration, b []byte) ([]byte, error) {
		return l.appendLog(b, l.p.opts.Log.Merge(), l.p.opts.Batch)
	})
}

// ask requests an ack of everything sent, once: at once if a waiter needs it, and otherwise when nothing has been sent
// for ackEvery.
func (l *Link) ask(now, until time.Duration) Action {
	if l.acked.Load() >= l.pos || l.asked == l.pos {
		return l.beat(now, until, 0)
	}
	at := l.sentAt + ackEvery
	if at <= now || l.p.waiting.Load() > 0 {
		l.asked = l.pos
		return l.send(now, l.repeatLeads(now, l.appendBeat(now, l.out[:0])))
	}
	return l.beat(now, min(until, at), 0)
}

// due returns when to send the log's new records; never: there are none. Within
// Delay of the last batch it does not arm the log but polls it after the delay: under
// load more records will have come, and the writer is spared the call of wake.
func (l *Link) due(now time.Duration) time.Duration {
	log, delay := l.p.opts.Log, l.p.opts.Delay
	end := log.Merge()
	if end == l.pos {
		l.since = 0
		if next := l.sentAt + delay; now < next {
			return next
		}
		log.arm()
		l.armed = true
		if end = log.Merge(); end == l.pos {
			return never
		}
	}
	if l.since == 0 {
		l.since = now
		if !l.armed { // the record may have come as early as that
			l.since = max(l.sentAt, now-max(delay, 0))
		}
		l.armed = false
	}
	if end-l.pos >= uint64(l.p.opts.Batch) {
		return now
	}
	return l.since + delay
}

// watch returns when a paused link must look at the log again to report its lag.
func (l *Link) watch(now time.Duration) time.Duration {
	if l.sync != syncNone || l.since != 0 {
		return never
	}
	if due := l.due(now); l.since == 0 {
		return due
	}
	return never
}
