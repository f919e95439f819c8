package replica

import (
	"time"

	"go.uber.org/zap"
)

// knockEvery is how often a secondary without a stream says that it is there; handedEvery how often one that has handed
// over does, until its successor has begun a sync.
const (
	knockEvery  = time.Second
	handedEvery = 100 * time.Millisecond
)

// Tick closes the stream of a silent primary, and ends a recovery that takes too long.
// Call it when it is due, or a few times a second. knock asks the caller to send REPLICA KNOCK to the
// primary, which may be pausing before its next attempt to connect.
func (s *Secondary) Tick(now time.Duration) (knock bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur != nil && now-s.heard > s.patience() {
		s.log.Warn("replication: the primary is silent; closing its connection", zap.Duration("silent", now-s.heard))
		old := s.cur
		s.detach(now, old)
		old.kill()
	}
	if !s.stepped && now-s.started > s.opts.RecoverTimeout {
		s.log.Warn("recovery: not in step with the primary in time; serving the data that this node has", zap.Duration("after", s.opts.RecoverTimeout))
		s.step()
	}
	untold := s.opts.handed.Complete && !s.begun // while the primary asks it may not know that it was handed the group
	if s.cur != nil && !untold || now < s.knockAt {
		return false
	}
	if s.knockAt = now + knockEvery; untold {
		s.knockAt = now + handedEvery
	}
	return true
}

// due returns when Tick has something to do, unless a stream begins or ends before.
func (s *Secondary) due() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.knockAt
	if s.cur != nil {
		at = s.heard + s.patience()
	}
	if !s.stepped {
		at = min(at, s.started+s.opts.RecoverTimeout)
	}
	return at
}

// takerPatience is how long a primary that takes this node's data may seem silent. While much output waits to be sent to
// it none of its input is read, and the kernel reports write readiness only now and then.
const takerPatience = 10 * time.Second

// patience returns how long the primary may be silent. REQUIRES mu, and a stream.
func (s *Secondary) patience() time.Duration {
	limit := missedBeats * s.opts.Beat
	if s.cur.state == streamDonating {
		return max(limit, takerPatience)
	}
	return limit
}

// detach ends r if it is the current stream. REQUIRES mu.
func (s *Secondary) detach(now time.Duration, r *Stream) {
	if s.cur != r {
		return
	}
	s.cur, s.lost, s.knockAt = nil, now, now+knockEvery
	s.sync.active = false
}
