package replica

import (
	"errors"
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

	line      lineage // of the primary's history
	leadsSent uint64  // the offset field of the last frameLeads: when the primary sent it
	confirms  bool    // that frame is to be answered

	requests int64 // the last value of SecondaryOptions.Requests
	skew     skew
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
	if r.confirms {
		out = r.confirm(out)
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
