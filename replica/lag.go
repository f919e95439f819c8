package replica

import "time"

// lagSample says when the records before an offset were first seen.
type lagSample struct {
	offset uint64
	since  time.Duration
}

// noteLag records when the records of the new batch were first seen.
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

// settleLag removes the batches before offset from the list.
func (l *Link) settleLag(now time.Duration, offset uint64) {
	for l.count > 0 && l.lags[l.first].offset <= offset {
		l.lag = now - l.lags[l.first].since
		l.first = (l.first + 1) % len(l.lags)
		l.count--
	}
}

// currentLag returns how long the secondary is behind, as far as is known.
func (l *Link) currentLag(now time.Duration) time.Duration {
	if l.count > 0 {
		return now - l.lags[l.first].since
	}
	if l.since != 0 {
		return now - l.since
	}
	return l.lag
}
