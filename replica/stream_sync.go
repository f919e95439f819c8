package replica

import (
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"
)

func (r *Stream) begin(now time.Duration, b begin, offset uint64) error {
	s := r.s
	s.begun = true
	r.history, r.offset, r.target, r.ackNow = b.history, offset, b.end, true
	if !b.full {
		if !s.pos.Complete || offset != s.pos.Offset {
			return fmt.Errorf("%w: a partial sync from offset %d, this node is at %d", errFrame, offset, s.pos.Offset)
		}
		r.place()
		if l := s.opts.log; l != nil {
			l.continueAt(offset)
		}
		s.count.PartialSyncs++
		s.log.Info("replication: partial sync", zap.Uint64("offset", offset))
		r.live()
		return nil
	}
	s.pos, s.peers = Position{}, nil
	if l := s.opts.log; l != nil {
		l.StartAt(offset)
	}
	s.sync = syncProgress{active: true, since: now, progressAt: now, entries: int64(b.entries), size: int64(b.bytes)}
	s.log.Info("replication: full sync", zap.Uint64("entries", b.entries), zap.Uint64("bytes", b.bytes))
	r.state, r.cursor = streamUniting, 0
	return nil
}

// startFull begins the new generation and asks the primary to send pieces.
func (r *Stream) startFull(out []byte) []byte {
	r.s.opts.Store.BeginGeneration()
	r.s.mixed = true
	r.state = streamFull
	return appendFrame(out, frameReady, r.offset)
}

func (r *Stream) finishFull() {
	s := r.s
	s.mixed, s.sync.active = false, false
	s.pos, s.line = Position{History: r.history, Offset: r.offset, Complete: true}, r.line
	if l := s.opts.log; l != nil {
		l.StartAt(r.offset)
	}
	s.count.FullSyncs++
	s.log.Info("replication: full sync done", zap.Uint64("offset", r.offset), zap.Int64("bytes", s.sync.bytes))
	r.live()
}

// place names the history of which the secondary holds a state. One that has less than the primary began with still holds
// an earlier history: a third member that has more of that must be preferred to it. REQUIRES: a partial sync.
func (r *Stream) place() {
	s := r.s
	if s.pos.ID == r.history.ID {
		s.pos.Date = r.history.Date
		return
	}
	held := slices.IndexFunc(r.line, func(a ancestor) bool { return a.id == s.pos.ID })
	for i := max(held, 0); held >= 0 && i < len(r.line); i++ {
		if r.offset < r.line[i].end {
			if i > held {
				s.pos.ID, s.line = r.line[i].id, r.line[:i]
			}
			return
		}
	}
	s.pos.History, s.line = r.history, r.line
}

// live makes the stream follow the log.
func (r *Stream) live() {
	r.state, r.ackNow = streamLive, true
	r.catchUp()
}

// catchUp makes the node serve and count as ready once it is in step.
func (r *Stream) catchUp() {
	if !r.s.stepped && r.offset >= r.target {
		r.s.log.Info("recovery: in step with the primary", zap.Uint64("offset", r.offset))
		r.s.step()
	}
}
