package node

import (
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/server/session"
)

// This file implements session.Replication for requests of clients and of other nodes.

func (r *replication) Leads() bool { return r == nil || r.member.Leads() }

func (r *replication) Mark() (term, offset uint64) { return r.member.Mark() }

func (r *replication) Acked(term, offset uint64) (n int, ok bool) {
	return r.member.Acked(term, offset)
}

func (r *replication) Wait(term, offset uint64, n int, done func()) (cancel func()) {
	return r.member.Wait(term, offset, n, done)
}

func (r *replication) Pause(id string, paused bool) error { return r.member.Pause(id, paused) }

func (r *replication) Serve() error { return r.member.GiveUp() }

func (r *replication) Knock(args []string) (answer string) {
	answer, _ = r.member.Knock(args) // the answer has the error
	return answer
}

func (r *replication) HandOver(args []string, done func(error)) {
	if r.restoring() {
		done(errRestoring)
		return
	}
	r.member.HandOverAsked(args, done)
}

// errRestoring refuses what would change the store, or the node's role, while the start reads the snapshot.
var errRestoring = errors.New("this node reads its snapshot")

func (r *replication) Promote(id string, force bool, done func(error)) {
	_, primary := r.member.Leadership()
	switch {
	case r.restoring():
		done(errRestoring)
	case id == "" || id == r.id:
		if force {
			defer r.tenures.forcing()()
		}
		done(r.member.Promote(force))
	case r.member.Leads():
		r.member.HandOver(id, done)
	default:
		done(fmt.Errorf("this node is a secondary; ask %s itself, or the primary, %s", id, primary))
	}
}

// decline answers a node that begins a connection with err, whatever it asks for.
func decline(err error) (session.PeerLink, string, error) {
	return nil, string(wire.Error(nil, "ERR ", err.Error())), &session.DeclinedError{Err: err}
}

func (r *replication) Open(peer string, args []string, kill func()) (session.PeerLink, string, error) {
	if r.restoring() {
		return decline(errRestoring)
	}
	if r.coordinated.cut.Load() {
		return decline(errCut)
	}
	s, answer, err := r.member.Open(peer, args, kill)
	if err != nil {
		return nil, answer, r.declined(peer, err)
	}
	r.coordinated.stream.Store(&kill)
	r.held.release()
	return &clockedStream{s, r, peer}, answer, nil
}

// declined marks an error that a change of role causes: the peer is not at fault.
func (r *replication) declined(peer string, err error) error {
	if !replica.ChangesRole(err) {
		return err
	}
	r.log.Debug("replication: a stream was refused or has ended because the group's primary changes", zap.String("from", peer), zap.Error(err))
	return &session.DeclinedError{Err: err}
}

func (r *replication) Take(peer string, args []string, kill func()) (session.PeerLink, string, error) {
	if r.restoring() {
		return decline(errRestoring)
	}
	d, answer, err := r.member.Take(peer, args)
	if err != nil {
		return nil, answer, err
	}
	return newDonor(d, r.silence, kill), answer, nil
}

// clockedStream is a replica.Stream with the node's clock.
type clockedStream struct {
	*replica.Stream
	r    *replication
	peer string
}

func (s *clockedStream) Run(in, out []byte, limit int) (used int, reply []byte, err error) {
	if used, reply, err = s.Stream.Run(s.r.now(), in, out, limit); err != nil {
		err = s.r.declined(s.peer, err)
	}
	return used, reply, err
}

func (s *clockedStream) Close() {
	s.Stream.Close(s.r.now())
	s.r.streamEnded()
}

// donorSilence is the least limit for the silence of a node that takes this node's data. It sends heartbeats.
const donorSilence = 10 * time.Second

// donor is a replica.Donor that closes the connection of a taker that is silent for too long. The server's idle timeout
// does not: it holds for clients only.
type donor struct {
	*replica.Donor
	limit time.Duration
	timer *time.Timer
}

func newDonor(d *replica.Donor, limit time.Duration, kill func()) donor {
	return donor{d, limit, time.AfterFunc(limit, kill)}
}

func (d donor) Run(in, out []byte, limit int) (used int, answers []byte, err error) {
	d.timer.Reset(d.limit)
	return d.Donor.Run(in, out, limit)
}

func (d donor) Close() { d.timer.Stop() }
