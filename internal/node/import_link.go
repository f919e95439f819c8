package node

import (
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/replica/move"
	"github.com/cachegopher/cachegopher/server/session"
)

const (
	// importSilence is how long the giver of slots may be silent. While its walk is bounded it sends little, but not nothing.
	importSilence = time.Minute
)

var errImportRequest = errors.New("expected REPLICA IMPORT with RECORDS, CONFIRM or DONE, and the move that this connection began")

// importLink is the session of a connection through which another group's primary moves slots to this node.
type importLink struct {
	r       *replication
	im      *move.Import
	move    topology.Move
	wake    func()
	silence *time.Timer

	decoder wire.RESP
	args    []wire.Span
	purge   *purge   // leftovers are being removed; BEGIN has not been answered. nil: they have been
	more    bool     // Run has left a whole request in its input, perhaps
	confirm *confirm // CONFIRM has not been answered
}

// confirm waits until the secondaries in step have everything.
type confirm struct {
	done   atomic.Bool
	cancel func()
}

var okReply = []byte("+OK\r\n")

// Run implements session.PeerLink. It takes one request at a time, so that other connections of the loop do not wait long.
func (l *importLink) Run(in, out []byte, _ int) (used int, reply []byte, err error) {
	if len(in) > 0 {
		l.silence.Reset(importSilence)
	}
	l.more = false
	switch {
	case l.purge != nil:
		out, err = l.purged(out)
	case l.confirm != nil && !l.confirm.done.Load() && len(in) == 0:
	case l.confirm != nil:
		// Input behind CONFIRM means that the giver waits for it no longer, and ignores the answer.
		out, err = l.confirmed(out)
	case len(in) > 0:
		used, out, err = l.next(in, out)
		l.more = used > 0 && used < len(in)
	}
	if err != nil {
		l.r.log.Info("move: an import has ended", zap.String("move", l.move.ID), zap.String("from", l.move.From), zap.Error(err))
		return used, append(out, refusedImport(err)...), &session.DeclinedError{Err: err}
	}
	return used, out, nil
}

// purged removes some leftovers, and answers BEGIN after the last.
func (l *importLink) purged(out []byte) ([]byte, error) {
	if over, err := l.purge.run(l.im.Step); !over || err != nil {
		return out, err
	}
	l.purge, l.more = nil, true
	return append(out, okReply...), nil
}

// next executes the request at the front of in, if it is whole.
func (l *importLink) next(in, out []byte) (used int, reply []byte, err error) {
	args, used, status, inline := l.decoder.Next(in, 0, l.args[:0])
	l.args = args
	if status == wire.More && !inline {
		return used, out, nil
	}
	if status != wire.OK || inline || len(args) < 4 || string(args[3].Of(in)) != l.move.ID {
		return used, out, errImportRequest
	}
	switch what := string(args[2].Of(in)); {
	case what == "RECORDS" && len(args) == 5:
		err = l.im.Records(args[4].Of(in))
	case what == "CONFIRM" && len(args) == 4:
		return used, out, l.begin()
	case what == "DONE" && len(args) == 5:
		var version uint64
		if version, err = strconv.ParseUint(string(args[4].Of(in)), 10, 64); err == nil {
			err = l.im.Done()
		}
		if err == nil {
			l.r.moved(l.move, version)
		}
	default:
		err = errImportRequest
	}
	if err == nil {
		out = append(out, okReply...)
	}
	return used, out, err
}

// begin begins to wait until the secondaries in step have everything that was imported.
func (l *importLink) begin() error {
	offset, err := l.im.Confirm()
	if err != nil {
		return err
	}
	term := l.r.member.Term()
	n, leads := l.r.member.Acked(term, 0)
	if !leads {
		return errNoTaker
	}
	c := &confirm{}
	l.confirm = c
	c.cancel = l.r.member.Wait(term, offset, n, func() {
		c.done.Store(true)
		l.wake()
	})
	return nil
}

// confirmed answers CONFIRM.
func (l *importLink) confirmed(out []byte) ([]byte, error) {
	l.confirm.cancel()
	l.confirm, l.more = nil, true
	if err := l.im.Valid(); err != nil {
		return out, err
	}
	return append(out, okReply...), nil
}

// Need implements session.PeerLink.
func (l *importLink) Need() int { return l.decoder.Need() }

// More implements session.PeerLink.
func (l *importLink) More() bool {
	return l.more || l.purge.ready() || l.confirm != nil && l.confirm.done.Load()
}

// Close implements session.PeerLink.
func (l *importLink) Close() {
	l.silence.Stop()
	l.purge.stop()
	if l.confirm != nil {
		l.confirm.cancel()
	}
	l.im.Close()
}
