package session

import (
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// Run executes the complete requests at the front of in, in order, and appends
// their replies to out. It stops early once it has appended more than limit
// bytes, and after a bounded step of a long walk; More is then true, and the
// caller should call Run again even without new input. used is the number of bytes
// consumed: the caller must pass the rest of in again, followed by newer input.
// Run does not retain in, but may modify it.
func (s *Session) Run(l *Loop, in, out []byte, limit int) (used int, reply []byte) {
	began, whole := len(out), len(in)
	if s.denied&NeedsUser != 0 {
		in = s.earlyPart(in)
	}
	c := &l.c
	defer l.gate.leave()
	c.Node, c.l, c.Session, c.Now = s.n, l, s, s.n.store.Now()
	l.stats.begin(c.Now)
	if s.lastUsed.Load() != c.Now {
		s.lastUsed.Store(c.Now)
	}
	if c.Words, c.Out = nil, out; s.dialect != nil {
		c.Begin(out, s.dialect.Encoding, int(s.proto))
	}
	c.most = began + limit
	s.asleep = false
	checks := s.n.fence.until.Load() != 0
	if checks && s.n.fenced() {
		checks = !s.n.lapse() // if all writes are refused, there is nothing to withhold
	}
	if s.topologyDue() {
		s.pushTopology(c)
	}
	for !s.Closing() && len(c.Out)-began <= limit {
		if s.peerLink != nil {
			used += s.runPeerLink(c, in[used:], limit)
			break
		}
		if s.wait != nil && s.waits(c) {
			s.asleep = true
			break
		}
		if s.walk != nil {
			if !s.walk.step(c, began+limit) {
				break
			}
			continue
		}
		n, more := s.turn(c, in[used:], began+limit)
		used += n
		if !more {
			break
		}
	}
	if s.denied&NeedsUser != 0 {
		s.early(used, whole-used)
	}
	s.full = (len(c.Out)-began > limit || len(in) < whole) && used < whole && s.peerLink == nil
	if s.closing {
		s.ended.Store(true)
	}
	s.settle(whole - used)
	reply = c.Out
	if checks {
		reply = s.withhold(l, reply, began)
	}
	c.Out, c.buf = nil, nil
	l.stats.end(used, len(reply)-began)
	return used, reply
}

// turn decodes one batch of requests at the front of in and executes it. more
// reports whether another batch may follow.
func (s *Session) turn(c *Call, in []byte, limit int) (used int, more bool) {
	if len(in) == 0 {
		return 0, false
	}
	if s.dialect == nil {
		s.decide(c, in)
		if s.dialect == nil {
			return 0, false
		}
	}
	b := &c.l.batch
	b.clear()
	b.slots = s.wantsSlots()
	if used, more = s.decoder.Decode(c, b, in); b.count == 0 {
		return used, more
	}
	return s.execute(c, in, limit), true
}

// wantsSlots reports whether the slots of requests decide whether they are executed.
func (s *Session) wantsSlots() bool {
	of := s.n.cluster.Load()
	return of != nil && !s.stays && (of.Stored || !s.routes)
}

// execute executes the requests of the batch, whose arguments are spans of in, and returns the number of bytes of input
// consumed.
func (s *Session) execute(c *Call, in []byte, limit int) (done int) {
	b := &c.l.batch
	b.warm()
	c.buf = in
	requests := b.requests[:b.count]
	for i := range requests {
		r := &requests[i]
		c.args = b.Args[r.first : r.first+r.argc]
		c.KeyHash, c.keySlot = r.hash, r.slot
		if k := i + lru.SoonAhead; k < len(requests) && requests[k].hashed {
			s.n.store.Soon(requests[k].hash)
		}
		s.one(c, r.cmd)
		if s.progress != 0 {
			return done // unfinished, or held back: the next Run decodes it again
		}
		done = r.end
		if len(c.Out) > limit || s.walk != nil || s.peerLink != nil || s.wait != nil || s.Closing() {
			break
		}
	}
	return done
}

// one executes one request, or queues it in a transaction.
func (s *Session) one(c *Call, cmd *Handler) {
	start := len(c.Out)
	if cmd == nil {
		c.unknown()
		s.spoil()
	} else if c.cmd = cmd; len(c.args) < cmd.least || len(c.args) > cmd.most {
		c.Reject(cmd)
		s.spoil()
	} else if key := cmd.notEmpty; key > 0 && len(c.Arg(key)) == 0 {
		c.Error(reply.EmptyKey)
	} else if no := s.unmet(c.l, cmd); no != 0 && !c.allowed(no, cmd) {
		c.l.gate.spare(cmd.needs.Load())
		if s.progress == heldBack {
			return
		}
		c.l.stats.rejected(cmd.id, rejectionFor(no))
		s.spoil()
	} else if s.tx != nil && !cmd.alone {
		c.queue(cmd)
	} else {
		c.l.stats.call(cmd.id)
		if c.l.stats.sampleDue() {
			s.n.sample(c, cmd)
		} else if cmd.Timed || uint64(s.n.slowlog.slower.Load()) < slowBatch {
			s.n.timed(c, cmd)
		} else {
			cmd.run(c)
		}
		s.lastCmd.Store(int32(cmd.id))
	}
	if (s.muted || s.skip > 0) && s.progress != heldBack {
		s.mute(c, start)
	}
}

// settle records how much input is left over, and how much more the next Run needs.
func (s *Session) settle(rest int) {
	s.need = 0
	if s.peerLink != nil {
		s.need = s.peerLink.Need()
	} else if s.dialect != nil && s.progress == 0 {
		s.need = max(s.decoder.Need()-rest, 0)
	}
	if int32(rest) != s.pending.Load() {
		s.pending.Store(int32(rest))
	}
}
