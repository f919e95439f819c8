package replica

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"
)

// Stream is the secondary's end of a stream from its primary. Like a session it does no
// I/O: Run takes received bytes and returns answers. One goroutine at a time may call it.
type Stream struct {
	s       *Secondary
	kill    func()
	state   streamState
	history History
	offset  uint64 // applied up to
	target  uint64 // the end of the primary's log when the sync began
	cursor  uint64 // of Unite, Sweep or Walk
	scratch []byte
	need    int
	more    bool
	// asksPeers: the primary is recovering, and asks which members were in step.
	asksPeers bool
	ackDue    bool          // something was applied since the last ack
	ackNow    bool          // send an ack without waiting for ackEvery
	ackAt     time.Duration // when an ack was last sent

	line   lineage // of the primary's history
	sworn  uint64  // the offset of the last frameLeads
	swears bool    // it is to be answered

	requests int64 // the last value of SecondaryOptions.Requests
}

// streamState is the stage of a stream.
type streamState uint8

const (
	streamIdle     streamState = iota // only heartbeats come
	streamUniting                     // a full sync was announced; entries of two generations are being united first
	streamFull                        // pieces and log come
	streamSweeping                    // the log comes; entries of the old generation are being removed
	streamLive                        // the log comes
	streamDonating                    // the store is being sent to the primary
)

// ackEvery bounds how often applied records are acknowledged; a heartbeat is acknowledged at once.
const ackEvery = 10 * time.Millisecond

// runInput is about the number of input bytes that one Run takes.
const runInput = 256 << 10

// errSuperseded means that the primary has a newer stream, or that this one was ended because the primary was silent.
var errSuperseded = errors.New("superseded by a newer connection of the primary")

// Run applies the complete frames at the front of in and appends answers to out,
// little more than limit bytes. used is the number of bytes consumed. After an
// error the caller must close the connection.
func (r *Stream) Run(now time.Duration, in, out []byte, limit int) (used int, answers []byte, err error) {
	s := r.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur != r {
		return len(in), out, errSuperseded
	}
	if len(in) > 0 || r.state == streamDonating { // while it donates, a call means that the primary has taken output
		s.heard = now
	}
	out = r.work(out, limit)
	r.more = false
	for {
		f, n, need, err := parseFrame(in[used:])
		if err != nil {
			return used, out, err
		}
		if r.need = need; n == 0 {
			break
		}
		if used > 0 && used+n > runInput {
			r.need, r.more = 0, true
			break
		}
		if err := r.frame(now, f); err != nil {
			return used, out, err
		}
		used += n
	}
	if r.ackNow || r.ackDue && now-r.ackAt >= ackEvery {
		r.ackAt = now
		out = r.ack(out)
	}
	if r.swears {
		out = r.swear(out)
	}
	return used, out, nil
}

// Need returns how many bytes must arrive before Run can continue, unless More is true.
func (r *Stream) Need() int { return r.need }

// More reports whether Run can continue without new input.
func (r *Stream) More() bool {
	return r.more || r.state == streamUniting || r.state == streamSweeping || r.state == streamDonating
}

// Close reports that the connection is closed.
func (r *Stream) Close(now time.Duration) {
	s := r.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur == r {
		s.log.Warn("replication: lost the primary", zap.String("primary", s.opts.Primary), zap.Uint64("offset", s.pos.Offset))
		s.detach(now, r)
	}
}

func (r *Stream) ack(out []byte) []byte {
	r.ackDue, r.ackNow = false, false
	said := byte(0)
	if r.state == streamLive {
		said = ackInStep
	} else if r.inUse() {
		said = ackInUse
	}
	out, at := openFrame(out)
	if out = append(out, said); r.asksPeers && r.s.pos.Complete {
		out = appendIDs(out, r.s.peers)
	}
	r.asksPeers = false
	return closeFrame(out, at, frameAck, r.offset)
}

// inUse reports whether clients have used this node since it was last asked.
func (r *Stream) inUse() bool {
	if r.s.opts.Requests == nil {
		return false
	}
	before := r.requests
	r.requests = r.s.opts.Requests()
	return r.requests != before
}

// work does a step of the work that needs no input.
func (r *Stream) work(out []byte, limit int) []byte {
	s := r.s
	switch r.state {
	case streamUniting:
		if s.mixed {
			r.cursor = s.opts.Store.Unite(r.cursor)
			s.mixed = r.cursor != 0
		}
		if !s.mixed {
			out = r.startFull(out)
		}
	case streamSweeping:
		if r.cursor = s.opts.Store.Sweep(r.cursor); r.cursor == 0 {
			r.finishFull()
		}
	case streamDonating:
		return r.donate(out, limit)
	}
	return out
}

// frame carries out one frame.
func (r *Stream) frame(now time.Duration, f frame) error {
	s := r.s
	switch f.kind {
	case frameBeat:
		r.ackNow = true
		if len(f.payload) >= 8 {
			s.lag = time.Duration(binary.LittleEndian.Uint64(f.payload))
		}
		r.hearRoster(f.payload)
	case frameFetch:
		s.log.Info("replication: the primary started empty and takes this node's data", zap.String("primary", s.opts.Primary))
		r.state, r.cursor = streamDonating, 0
	case frameBegin:
		b, err := parseBegin(f.payload)
		if err != nil {
			return err
		}
		return r.begin(now, b, f.offset)
	case frameLog:
		return r.applyLog(f)
	case framePiece:
		return r.applyPiece(now, f)
	case frameLeads:
		return r.hearLeads(f)
	case frameEnd:
		if r.state != streamFull || f.offset != r.offset {
			return fmt.Errorf("%w: the end of a full sync at offset %d, this node is at %d", errFrame, f.offset, r.offset)
		}
		r.state, r.cursor = streamSweeping, 0
	default:
		return fmt.Errorf("%w: kind %d", errFrame, f.kind)
	}
	return nil
}

func (r *Stream) begin(now time.Duration, b begin, offset uint64) error {
	s := r.s
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

func (r *Stream) applyLog(f frame) error {
	s := r.s
	if r.state < streamFull || r.state > streamLive || f.offset != r.offset {
		return fmt.Errorf("%w: records from offset %d, this node is at %d", errFrame, f.offset, r.offset)
	}
	if err := s.opts.Store.Apply(f.payload); err != nil {
		return err
	}
	r.offset += uint64(len(f.payload))
	r.ackDue = true
	s.count.Frames++
	s.count.Bytes += int64(len(f.payload))
	if r.state == streamLive {
		s.pos.Offset = r.offset
		r.place()
		if l := s.opts.log; l != nil {
			l.copy(f.payload)
		}
		r.catchUp()
	}
	return nil
}

func (r *Stream) applyPiece(now time.Duration, f frame) error {
	s := r.s
	if r.state != streamFull {
		return fmt.Errorf("%w: a piece outside of a full sync", errFrame)
	}
	if err := s.opts.Store.Apply(f.payload); err != nil {
		return err
	}
	r.ackDue = true
	p := &s.sync
	p.arrived += int64(countRecords(f.payload))
	p.bytes += int64(len(f.payload))
	s.count.Frames++
	s.count.Bytes += int64(len(f.payload))
	if now-p.progressAt >= progressEvery {
		p.progressAt = now
		s.log.Info("replication: full sync at " + progress(p.arrived, p.entries, p.bytes, now-p.since))
	}
	return nil
}

// donate appends the next pieces of the store, and frameEnd after the last.
func (r *Stream) donate(out []byte, limit int) []byte {
	out, r.scratch, r.cursor = appendPieces(out, r.s.opts.Store, r.scratch, r.cursor, limit)
	if r.cursor == 0 {
		r.state, r.scratch = streamIdle, nil
		out = appendFrame(out, frameEnd, r.s.pos.Offset)
	}
	return out
}
