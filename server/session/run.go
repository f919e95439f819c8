package session

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

// Run executes the complete requests at the front of in, in order, and appends
// their replies to out. It stops early once it has appended more than limit
// bytes, and after a bounded step of a long walk; More then tells that calling
// again pays even without new input. used is how many bytes of in are done with:
// the caller must bring the others again, with what follows them. in is not
// kept; it may be changed.
func (s *Session) Run(l *Loop, in, out []byte, limit int) (used int, reply []byte) {
	began, whole := len(out), len(in)
	if s.denied&needsUser != 0 {
		in = s.earlyPart(in)
	}
	c := &l.c
	c.n, c.l, c.s, c.now = s.n, l, s, s.n.store.Now()
	l.stats.begin(c.now)
	if s.lastUsed.Load() != c.now {
		s.lastUsed.Store(c.now)
	}
	c.out, c.line, c.p = out, s.dialect == lineDialect, int(s.proto)
	c.most = began + limit
	for !s.Closing() && len(c.out)-began <= limit {
		if s.stream != nil {
			used += s.runStream(c, in[used:], limit)
			break
		}
		if s.wait != nil && !s.wait.over(c) {
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
	if s.denied&needsUser != 0 {
		s.early(used, whole-used)
	}
	s.full = (len(c.out)-began > limit || len(in) < whole) && used < whole && s.stream == nil
	if s.closing {
		s.ended.Store(true)
	}
	s.settle(whole - used)
	reply = c.out
	c.out, c.buf = nil, nil
	l.stats.end(used, len(reply)-began)
	return used, reply
}

// turn decodes one batch of requests at the front of in and executes it. more
// reports whether there may be another one.
func (s *Session) turn(c *call, in []byte, limit int) (used int, more bool) {
	if len(in) == 0 {
		return 0, false
	}
	if s.dialect == undecided {
		s.decide(c, in[0])
	}
	var n int
	if s.dialect == respDialect {
		n, used, more = s.decodeRESP(c, in)
	} else if !s.met && s.foreign(c, in) {
		return len(in), false
	} else {
		n, used, more = s.decodeLines(c, in)
	}
	if n == 0 {
		return used, more
	}
	done := s.execute(c, in, n, limit)
	return done, true
}

func (s *Session) decide(c *call, first byte) {
	s.dialect = lineDialect
	if first == '*' {
		s.dialect = respDialect
	}
	c.line = s.dialect == lineDialect
}

// execute runs the n decoded requests of the batch and returns the bytes of
// input that are done with.
func (s *Session) execute(c *call, in []byte, n, limit int) (done int) {
	l := c.l
	hashed := 0
	for i := range l.batch[:n] {
		if r := &l.batch[i]; r.hashed {
			l.hashes[hashed] = r.hash
			hashed++
		}
	}
	if hashed > 1 {
		s.n.store.Warm(l.hashes[:hashed])
	}
	c.buf = in
	for i := range l.batch[:n] {
		r := &l.batch[i]
		c.args = l.args[r.first : r.first+r.argc]
		c.h = r.hash
		if k := i + lru.SoonAhead; k < n && l.batch[k].hashed {
			s.n.store.Soon(l.batch[k].hash)
		}
		s.one(c, r.cmd)
		if s.progress > 0 {
			return done // not finished: it comes again
		}
		done = r.end
		if len(c.out) > limit || s.walk != nil || s.stream != nil || s.wait != nil || s.Closing() {
			break
		}
	}
	return done
}

// one executes one request, or queues it in a transaction.
func (s *Session) one(c *call, cmd *handler) {
	start := len(c.out)
	if cmd == nil {
		c.unknown()
		s.spoil()
	} else if c.cmd = cmd; !c.arity() {
		c.l.stats.rejected(cmd.id, wrongArguments)
		s.spoil()
	} else if key := cmd.line.Key; c.line && key > 0 && len(c.arg(key)) == 0 {
		c.storeError(lru.ErrEmptyKey, 0)
	} else if no := (s.n.refuse.Load() | s.denied) & cmd.needs.Load(); no != 0 && !c.allowed(no, cmd) {
		c.l.stats.rejected(cmd.id, rejectionFor(no))
		s.spoil()
	} else if s.tx != nil && !cmd.alone {
		c.queue(cmd)
	} else {
		c.l.stats.call(cmd.id)
		if c.l.stats.sampleDue() {
			s.n.sample(c, cmd)
		} else if cmd.timed || uint64(s.n.slower.Load()) < slowBatch {
			s.n.timed(c, cmd)
		} else {
			cmd.run(c)
		}
		s.lastCmd.Store(int32(cmd.id))
	}
	if s.muted || s.skip > 0 {
		s.mute(c, start)
	}
}

// mute takes back the reply that begins at start, as CLIENT REPLY asked for. A
// command that would go on with its reply, KEYS or a long MGET, does not.
func (s *Session) mute(c *call, start int) {
	if s.skip != 2 {
		s.walk, s.progress = nil, 0
	}
	switch {
	case s.skip == 2: // the reply of CLIENT REPLY SKIP itself
		s.skip = 1
		c.out = c.out[:start]
	case s.skip == 1:
		s.skip = 0
		c.out = c.out[:start]
	case s.muted:
		c.out = c.out[:start]
	}
}

// settle notes what is left of the input for the next call.
func (s *Session) settle(rest int) {
	s.need = 0
	if s.stream != nil {
		s.need = s.stream.Need()
	} else if s.dialect == respDialect && s.resp.Need() > rest && s.progress == 0 {
		s.need = s.resp.Need() - rest
	}
	if int32(rest) != s.pending.Load() {
		s.pending.Store(int32(rest))
	}
}

// add puts a decoded request in the batch.
func (l *Loop) add(i int, cmd *handler, in []byte, first, end int, key int) {
	r := &l.batch[i]
	*r = request{cmd: cmd, first: uint32(first), argc: uint32(len(l.args) - first), end: end}
	if key > 0 && key < int(r.argc) {
		r.hash = l.n.store.Hash(l.args[first+key].Of(in))
		r.hashed = true
	}
}

// decodeRESP decodes the requests at the front of in into the batch. It returns
// how many, and, when there are none, the bytes used and whether to go on.
func (s *Session) decodeRESP(c *call, in []byte) (n, used int, more bool) {
	l := c.l
	l.args = l.args[:0]
	var size int
	var st wire.Status
	var inline bool
	l.args, size, st, inline = s.resp.Next(in, 0, l.args)
	switch st {
	case wire.More:
		return 0, size, false
	case wire.Bad:
		s.protocolError(c, s.resp.Err())
		return 0, 0, false
	case wire.Oversize:
		c.cmd = nil
		c.replyTooLarge(s.resp.Size())
		s.spoil()
		return 0, size, true
	}
	if inline {
		return 0, s.inline(c, in, size), true
	}
	if len(l.args) == 0 {
		return 0, size, true
	}
	for first, end := 0, size; ; {
		cmd := s.n.table.find(l.args[first].Of(in))
		key := 0
		if cmd != nil {
			key = cmd.spec.First
		}
		l.add(n, cmd, in, first, end, key)
		n++
		if n == lru.MaxBatch {
			return n, 0, true
		}
		first = len(l.args)
		l.args, size = wire.Whole(in, end, l.args)
		if size == 0 || len(l.args) == first {
			return n, 0, true
		}
		end += size
	}
}

// inline executes a request that came as a line within RESP.
func (s *Session) inline(c *call, in []byte, size int) (used int) {
	line := c.l.args[0].Of(in)
	if wire.LooksLikeHTTP(line) {
		s.closing, s.reason = true, speaks+"HTTP"
		return size
	}
	text, args, ok := wire.SplitInline(line, nil, c.l.args[:0])
	c.l.args = args
	if !ok {
		s.protocolError(c, "Protocol error: unbalanced quotes in request")
		return size
	}
	if len(args) == 0 {
		return size
	}
	cmd := s.n.table.find(args[0].Of(text))
	key := 0
	if cmd != nil {
		key = cmd.spec.First
	}
	c.l.add(0, cmd, text, 0, size, key)
	if s.execute(c, text, 1, len(c.out)+1) == 0 {
		return 0
	}
	return size
}

func (s *Session) protocolError(c *call, text string) {
	c.cmd = nil
	c.fail(text)
	s.closing, s.reason = true, text
}

// decodeLines decodes the lines at the front of in into the batch.
func (s *Session) decodeLines(c *call, in []byte) (n, used int, more bool) {
	l := c.l
	l.args = l.args[:0]
	span, size, st := s.line.Next(in, 0)
	switch st {
	case wire.More:
		return 0, size, false
	case wire.Oversize:
		c.lineTooLong(&s.line)
		return 0, size, true
	}
	for end := 0; ; {
		end += size
		line := span.Of(in)
		if wire.LooksLikeHTTP(line) {
			if n == 0 {
				s.closing, s.reason = true, speaks+"HTTP"
				return 0, size, false
			}
			return n, 0, true
		}
		first := len(l.args)
		cmd := s.splitLine(l, line, span.Off)
		key := 0
		if cmd != nil {
			key = cmd.line.Key
		}
		l.add(n, cmd, in, first, end, key)
		n++
		if n == lru.MaxBatch || len(l.args) > 4096 {
			return n, 0, true
		}
		var ahead wire.Line // looks ahead without keeping state
		if span, size, st = ahead.Next(in, end); st != wire.OK {
			return n, 0, true
		}
	}
}

// splitLine appends the fields of a line and finds its command.
func (s *Session) splitLine(l *Loop, line []byte, off uint32) *handler {
	first := len(l.args)
	l.args = wire.Fields(line, off, 2, l.args)
	word := line[:l.args[first].Len]
	cmd := s.n.table.findLine(word)
	if cmd == nil {
		return nil
	}
	if cmd.most != 2 {
		l.args = wire.Fields(line, off, cmd.most, l.args[:first])
	}
	return cmd
}
