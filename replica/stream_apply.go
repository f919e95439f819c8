package replica

import (
	"encoding/binary"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/timeslice"
)

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

func (r *Stream) applyLog(f frame) error {
	s := r.s
	if r.state < streamFull || r.state > streamLive || f.offset != r.offset {
		return fmt.Errorf("%w: records from offset %d, this node is at %d", errFrame, f.offset, r.offset)
	}
	if err := s.opts.Store.Apply(f.payload, s.opts.Noted); err != nil {
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
	if err := s.opts.Store.Apply(f.payload, s.opts.Noted); err != nil {
		return err
	}
	r.ackDue = true
	timeslice.Yield() // see pieceSize
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
