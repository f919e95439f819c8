package replica

import (
	"errors"
	"time"
)

// batch sends what fill appends. If the log no longer has the records to send it begins a full sync.
func (l *Link) batch(now time.Duration, fill func(time.Duration, []byte) ([]byte, error)) Action {
	b, err := fill(now, l.out[:0])
	if errors.Is(err, ErrFellOff) {
		l.fellBehind(err)
		l.endSync()
		l.sync = syncQueued
		return l.sendNext(now)
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
	b = l.repeatLeads(now, b)
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
		n := WholeRecords(full[from:], framePayload)
		if n == 0 {
			return b, errRecord
		}
		b = closeFrame(full[:from+n], at, frameLog, l.pos)
		l.pos += uint64(n)
	}
	return b, nil
}
