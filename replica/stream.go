package replica

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
)

// Stream is the secondary's end of a connection from its primary: a function of
// bytes, as sessions are. One goroutine at a time runs it.
type Stream struct {
	s       *Secondary
	kill    func()
	state   streamState
	history History
	offset  uint64 // applied up to
	target  uint64 // of a partial sync: the log's end when it began
	cursor  uint64 // of Unite, Sweep or Walk
	scratch []byte
	need    int
	more    bool
	// asksPeers says that the primary starts, and wants to know who was in step.
	asksPeers bool
	ackDue    bool          // something was applied since the last ack
	ackNow    bool          // and is to be told at once
	ackAt     time.Duration // when an ack was last sent

	requests int64 // of this node's clients, as last looked at
}

// streamState is what a stream is doing.
type streamState uint8

const (
	streamIdle     streamState = iota // nothing but heartbeats
	streamUniting                     // a full sync was announced; the generations are not ready for it
	streamFull                        // pieces and log arrive
	streamSweeping                    // the log arrives; what is of the old generation goes
	streamLive                        // the log arrives
	streamDonating                    // the primary is sent everything
)

// ackEvery is how often what is applied is acknowledged while it comes; a heartbeat is at once.
const ackEvery = 10 * time.Millisecond

// runInput is about how many bytes of input one Run takes.
const runInput = 256 << 10

// errSuperseded says that the primary has a newer connection, or was given up.
var errSuperseded = errors.New("superseded by a newer connection of the primary")

// Run applies the complete frames at the front of in and appends answers to out,
// little more than limit bytes. used is how much of in is done with. After an
// error the connection is to be closed.
func (r *Stream) Run(now time.Duration, in, out []byte, limit int) (used int, answers []byte, err error) {
	s := r.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur != r {
		return len(in), out, errSuperseded
	}
	if len(in) > 0 || r.state == streamDonating { // nobody calls this while the primary does not take what it is sent
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
	return used, out, nil
}

// Need is how many bytes must arrive before Run can go on; More reports that it
// can without any.
func (r *Stream) Need() int { return r.need }

// More reports whether Run has work left without new input.
func (r *Stream) More() bool {
	return r.more || r.state == streamUniting || r.state == streamSweeping || r.state == streamDonating
}

// Close says that the connection is gone.
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

// work does a step of what a stream does beside reading.
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
		r.hearRoll(f.payload)
	case frameFetch:
		s.log.Info("replication: the primary has lost its memory and takes this node's data", zap.String("primary", s.opts.Primary))
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
		s.pos.History = b.history
		s.count.PartialSyncs++
		s.log.Info("replication: partial sync", zap.Uint64("offset", offset))
		r.live()
		return nil
	}
	s.pos, s.peers = Position{}, nil
	s.sync = syncProgress{active: true, since: now, told: now, entries: int64(b.entries), size: int64(b.bytes)}
	s.log.Info("replication: full sync", zap.Uint64("entries", b.entries), zap.Uint64("bytes", b.bytes))
	r.state, r.cursor = streamUniting, 0
	return nil
}

// startFull begins the new generation and asks for the pieces.
func (r *Stream) startFull(out []byte) []byte {
	r.s.opts.Store.BeginGeneration()
	r.s.mixed = true
	r.state = streamFull
	return appendFrame(out, frameReady, r.offset)
}

func (r *Stream) finishFull() {
	s := r.s
	s.mixed, s.sync.active = false, false
	s.pos = Position{History: r.history, Offset: r.offset, Complete: true}
	s.count.FullSyncs++
	s.log.Info("replication: full sync done", zap.Uint64("offset", r.offset), zap.Int64("bytes", s.sync.bytes))
	r.live()
}

// live says that the stream follows the log.
func (r *Stream) live() {
	r.state, r.ackNow = streamLive, true
	r.catchUp()
}

// catchUp lets the node serve, and count as ready, once it is in step.
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
	if now-p.told >= tellEvery {
		p.told = now
		s.log.Info("replication: full sync at " + progress(p.arrived, p.entries, p.bytes, now-p.since))
	}
	return nil
}

// donate appends what the store holds.
func (r *Stream) donate(out []byte, limit int) []byte {
	out, r.scratch, r.cursor = appendPieces(out, r.s.opts.Store, r.scratch, r.cursor, limit)
	if r.cursor == 0 {
		r.state, r.scratch = streamIdle, nil
		out = appendFrame(out, frameEnd, r.s.pos.Offset)
	}
	return out
}
