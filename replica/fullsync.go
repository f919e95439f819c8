package replica

import (
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/timeslice"
)

// syncState is the stage of a full sync at the primary.
type syncState uint8

const (
	syncNone      syncState = iota // the secondary follows the log
	syncQueued                     // waits for other full syncs to finish
	syncAnnounced                  // waits for the secondary's frameReady
	syncWalking                    // sends pieces of the store
)

// pieceSize is about how many bytes are read from the store under one hold of a
// shard's lock. It is small so that no writer waits long. After each piece that is made or applied other threads may run:
// with few cores a client's request waits for that.
const pieceSize = 8 << 10

// While clients use either end, a full sync sends about syncBatch bytes at once and then rests for at most restMost: with
// few cores a client's request waits while such a batch is made or applied. While no client uses them it sends whole
// batches without rests. An end counts as used for usedFor after a request.
const (
	syncBatch = 64 << 10
	restMost  = time.Millisecond
	usedFor   = 20 * time.Millisecond
)

// inUse reports whether clients use this node or the secondary.
func (l *Link) inUse(now time.Duration) bool {
	count := l.p.opts.Requests
	if count == nil {
		return true
	}
	if n := count(); n != l.requests {
		l.requests, l.usedUntil = n, now+usedFor
	}
	return now < l.usedUntil
}

// rest returns the time until which a walk rests after its last batch: twice as long as that batch took to make and
// send, which leaves both ends' processors to clients most of the time, but at most restMost, so that a slow
// connection does not run dry. If writes come faster than that, the log is sent first, without a rest.
func (l *Link) rest(now time.Duration) time.Duration {
	if l.restUntil == 0 && l.pos >= l.pieceAt {
		l.restUntil = now
		if l.inUse(now) {
			l.restUntil += min(2*(now-l.sentAt), restMost)
		}
	}
	return l.restUntil
}

// walk appends pieces of the store, each after the log up to the offset at which the piece was read.
func (l *Link) walk(now time.Duration, b []byte) (_ []byte, err error) {
	o := &l.p.opts
	limit := o.Batch
	if l.inUse(now) {
		limit = min(limit, syncBatch)
	}
	for len(b) < limit {
		if len(l.piece) == 0 && !l.walked {
			l.piece, l.cursor, l.pieceAt = o.Store.Walk(l.piece[:0], l.cursor, pieceSize, o.Log.Merge)
			l.walked = l.cursor == 0
			timeslice.Yield() // see pieceSize
		}
		if l.pos < l.pieceAt {
			if b, err = l.appendLog(b, l.pieceAt, o.Batch); err != nil {
				return b, err
			}
			continue
		}
		if len(l.piece) > 0 {
			n := WholeRecords(l.piece, framePayload)
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

// endSync ends or gives up a full sync, so that another link may begin one.
func (l *Link) endSync() {
	if l.sync == syncAnnounced || l.sync == syncWalking {
		l.p.releaseSync()
	}
	l.sync, l.piece = syncNone, nil
}

// claimSync claims one of the MaxFullSyncs; false: all are taken.
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
