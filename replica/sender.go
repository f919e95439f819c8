package replica

import (
	"errors"
	"time"

	"go.uber.org/zap"
)

// syncState is how far a full sync is.
type syncState uint8

const (
	syncNone      syncState = iota // the secondary follows the log
	syncQueued                     // waits for others to finish
	syncAnnounced                  // waits for the secondary to be ready
	syncWalking
)

// pieceSize is about how many bytes are taken from the store under one hold of a
// shard's lock: few, so that no writer waits long.
const pieceSize = 16 << 10

// syncBatch is about how many bytes a full sync sends at once, and restMost how long it waits then at most. On
// few cores a client's request waits for as long as making, or applying, such a batch takes.
const (
	syncBatch = 64 << 10
	restMost  = time.Millisecond
)

// sender is the part of a Link that sends the log and full syncs.
type sender struct {
	pos     uint64        // next offset to be sent
	since   time.Duration // when something to send was first seen; 0: nothing is known of
	ackedAt time.Duration
	armed   bool   // the next change of the log wakes the link
	asked   uint64 // an ack of everything before was asked for

	sync     syncState
	syncFrom time.Duration // when it began
	cursor   uint64        // of the walk
	walked   bool          // the walk is over
	piece    []byte        // records to be sent once the log is sent up to pieceAt
	pieceAt  uint64
	sent     int64 // bytes of pieces
	// restUntil is when the walk goes on; 0: what it sent last has not been looked at.
	restUntil time.Duration

	lags  [64]lagSample // batches that are not acknowledged, a ring
	first int
	count int
	lag   time.Duration // of the last batch that was acknowledged
}

// lagSample is when the records before an offset were first seen.
type lagSample struct {
	offset uint64
	since  time.Duration
}

// begin starts what the secondary needs, seen from what it holds.
func (l *Link) begin(now time.Duration) Action {
	if !l.p.covers(l.holds) {
		l.sync = syncQueued
		return l.stream(now)
	}
	l.pos = l.holds.Offset
	l.p.counted(func(c *Counts) { c.PartialSyncs++ })
	l.p.log.Info("replication: partial sync", zap.String("secondary", l.id), zap.Uint64("offset", l.pos))
	return l.send(now, l.announce(l.out[:0], false))
}

func (l *Link) announce(dst []byte, full bool) []byte {
	entries, bytes := l.p.opts.Store.Size()
	b, at := openFrame(dst)
	bytes += entries * recordHead // as they are sent, but for expiries
	b = begin{full, l.p.currentHistory(), l.p.opts.Log.Merge(), uint64(entries), uint64(bytes)}.append(b)
	return closeFrame(b, at, frameBegin, l.pos)
}

// stream returns the next bytes for a secondary that is served.
func (l *Link) stream(now time.Duration) Action {
	if l.paused.Load() {
		return l.beat(now, l.watch(now), 0)
	}
	switch l.sync {
	case syncQueued:
		if !l.p.claimSync() {
			return l.beat(now, far, 0)
		}
		l.sync, l.syncFrom = syncAnnounced, now
		l.cursor, l.walked, l.piece, l.sent, l.since = 0, false, l.piece[:0], 0, 0
		l.pos = l.p.opts.Log.Merge()
		l.inStep.Store(false)
		l.p.log.Info("replication: full sync begins", zap.String("secondary", l.id), zap.Uint64("offset", l.pos))
		return l.send(now, l.announce(l.out[:0], true))
	case syncAnnounced:
		return l.beat(now, far, 0)
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

// rest is until when a walk waits after what it sent last: twice as long as making and sending that took, so that
// a full sync leaves both ends' processors to clients for most of the time, and not so long that a slow
// connection would run dry. Where writes come faster than that the log goes first, without a rest.
func (l *Link) rest(now time.Duration) time.Duration {
	if l.restUntil == 0 && l.pos >= l.pieceAt {
		l.restUntil = now + min(2*(now-l.sentAt), restMost)
	}
	return l.restUntil
}

// ask asks for an ack of what was sent last: once, at once when somebody waits for it, and otherwise when
// nothing more has come for a while.
func (l *Link) ask(now, until time.Duration) Action {
	if l.acked.Load() >= l.pos || l.asked == l.pos {
		return l.beat(now, until, 0)
	}
	at := l.sentAt + ackEvery
	if at <= now || l.p.waiting.Load() > 0 {
		l.asked = l.pos
		return l.send(now, l.appendBeat(now, l.out[:0]))
	}
	return l.beat(now, min(until, at), 0)
}

// due is when the log's new records are to be sent; far: there are none. For one
// Delay after a batch it looks again by itself: under load more will have come by
// then, and whoever writes is spared the call of wake.
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
			return far
		}
	}
	if l.since == 0 {
		l.since = now
		if !l.armed { // it may have come as early as that
			l.since = max(l.sentAt, now-max(delay, 0))
		}
		l.armed = false
	}
	if end-l.pos >= uint64(l.p.opts.Batch) {
		return now
	}
	return l.since + delay
}

// watch is when a link that is paused has to look at the log again, for it to know how old what it does not send is.
func (l *Link) watch(now time.Duration) time.Duration {
	if l.sync != syncNone || l.since != 0 {
		return far
	}
	if due := l.due(now); l.since == 0 {
		return due
	}
	return far
}

// batch sends what fill appends. When the log was overtaken it starts a full sync anew.
func (l *Link) batch(now time.Duration, fill func(time.Duration, []byte) ([]byte, error)) Action {
	b, err := fill(now, l.out[:0])
	if errors.Is(err, errFellOff) {
		l.p.log.Warn("replication: a secondary fell too far behind", zap.String("secondary", l.id), zap.Error(err))
		l.endSync()
		l.sync = syncQueued
		return l.stream(now)
	}
	if err != nil {
		l.broken = err
		l.drop(now)
		return Action{Do: DoClose}
	}
	if asked := l.p.waiting.Load() > 0; asked || now-l.beatAt >= l.p.opts.Beat {
		b = l.appendBeat(now, b)
		l.asked = l.pos
	}
	l.noteLag(now)
	l.p.counted(func(c *Counts) { c.Batches++; c.Bytes += int64(len(b)) })
	return l.send(now, b)
}

// appendLog appends frames of the log up to the offset end, until b holds about
// limit bytes.
func (l *Link) appendLog(b []byte, end uint64, limit int) ([]byte, error) {
	for l.pos < end && len(b) < limit {
		start, at := openFrame(b)
		from := len(start)
		full, err := l.p.opts.Log.Read(start, l.pos, int(min(end-l.pos, maxPayload)))
		if err != nil {
			return b, err
		}
		n := wholeRecords(full[from:], framePayload)
		if n == 0 {
			return b, errRecord
		}
		b = closeFrame(full[:from+n], at, frameLog, l.pos)
		l.pos += uint64(n)
	}
	return b, nil
}

// walk appends pieces of the store, each after the log up to where it was taken.
func (l *Link) walk(now time.Duration, b []byte) (_ []byte, err error) {
	o := &l.p.opts
	for len(b) < min(o.Batch, syncBatch) {
		if len(l.piece) == 0 && !l.walked {
			l.piece, l.cursor, l.pieceAt = o.Store.Walk(l.piece[:0], l.cursor, pieceSize, o.Log.Merge)
			l.walked = l.cursor == 0
		}
		if l.pos < l.pieceAt {
			if b, err = l.appendLog(b, l.pieceAt, o.Batch); err != nil {
				return b, err
			}
			continue
		}
		if len(l.piece) > 0 {
			n := wholeRecords(l.piece, framePayload)
			if n == 0 {
				return b, errRecord
			}
			start, at := openFrame(b)
			b = closeFrame(append(start, l.piece[:n]...), at, framePiece, l.pos)
			l.sent += int64(n)
			l.piece = l.piece[:copy(l.piece, l.piece[n:])]
			continue
		}
		if l.walked {
			l.p.log.Info("replication: full sync sent", zap.String("secondary", l.id), zap.Int64("bytes", l.sent),
				zap.Duration("took", now-l.syncFrom))
			l.endSync()
			return appendFrame(b, frameEnd, l.pos), nil
		}
	}
	return b, nil
}

// endSync gives up a full sync, or ends it, for others to run theirs.
func (l *Link) endSync() {
	if l.sync == syncAnnounced || l.sync == syncWalking {
		l.p.releaseSync()
	}
	l.sync, l.piece = syncNone, nil
}

// noteLag remembers when what was just put in a batch was first seen.
func (l *Link) noteLag(now time.Duration) {
	s := lagSample{l.pos, now}
	if l.since != 0 {
		s.since = l.since
	}
	l.since = 0
	if l.count < len(l.lags) {
		l.lags[(l.first+l.count)%len(l.lags)] = s
		l.count++
	}
}

// settleLag takes the batches before offset off the list.
func (l *Link) settleLag(now time.Duration, offset uint64) {
	for l.count > 0 && l.lags[l.first].offset <= offset {
		l.lag = now - l.lags[l.first].since
		l.first = (l.first + 1) % len(l.lags)
		l.count--
	}
}

// currentLag is how far the secondary is behind in time, as far as is known.
func (l *Link) currentLag(now time.Duration) time.Duration {
	if l.count > 0 {
		return now - l.lags[l.first].since
	}
	if l.since != 0 {
		return now - l.since
	}
	return l.lag
}
