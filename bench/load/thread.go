package load

import (
	"context"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// thread generates load over raw connections. Only its goroutine touches it, which is locked to an
// operating system's thread.
type thread struct {
	s        *Session
	poll     *poller
	conns    []*conn
	alive    int
	rec      *recorder
	sequence *workload.Sequence
	i, count int           // which of how many threads it is
	core     int           // to bind the thread to; negative: none
	expiry   time.Duration // of what is set
	depth    int           // most requests in flight on a connection

	req    workload.Request
	query  sut.Query
	reply  sut.Reply
	key    []byte
	more   []byte
	value  []byte
	words  workload.Words
	phase  phase
	now    int64
	left   int64 // requests still to be measured
	quota  int64 // left when the round began
	flow   flow  // but for due, which left tells
	within int64 // Plan.Within
	ended  bool  // no more requests are sent
	under  int   // requests in flight on all connections
	check  int64 // when to look for timeouts next
	failed int64 // errors of connections, and requests lost with them
	deadAt int64 // since when no connection is left; 0: one is
	dialer *dialer
	done   done
	marked bool  // cpuAt is set
	cpuAt  int64 // CPU time when measuring began
	wallAt int64
	waitAt int64 // as cpuAt, time in the run queue
	looks  int   // times that sockets were found ready, and how many sockets in all
	ready  int

	pace     pace
	reader   Reader // the zero value while filling
	paused   delays
	thinking delays
	churn    int // requests of a connection; 0: any number
}

// checkEvery is the interval of checks for timeouts.
const checkEvery = int64(20 * time.Millisecond)

func newThread(ctx context.Context, s *Session, i, count int, p phase, rec *recorder) (*thread, error) {
	t := &thread{s: s, rec: rec, i: i, count: count, within: int64(s.plan.Within), core: -1, expiry: s.w.Spec.Expiry}
	place, of := s.plan.turn(i, count)
	t.sequence = s.w.Sequence(place, of, p.round)
	if p.feed != nil {
		t.sequence = p.feed.Sequence(s.w)
	}
	if p.fill {
		t.sequence = s.w.Fill(i, count)
	}
	if t.depth = s.plan.Depth; p.fill && (s.plan.Batch || s.plan.Verify != VerifyVersions) {
		t.depth = max(t.depth, min(128, 64<<10/(64+int(s.w.MeanSize)))) // filling is not measured
	}
	if n := len(s.plan.Cores); n > 0 {
		t.core = s.plan.Cores[i%n]
	}
	if !p.fill {
		t.reader, t.churn = s.plan.Reader, s.plan.Churn
	}
	var err error
	if t.poll, err = newPoller(); err != nil {
		return nil, err
	}
	t.dialer = newDialer(ctx, s.plan.Conns)
	t.done.connects = result.NewHistogram()
	keys := 1
	if s.w.Has(workload.MGet) {
		keys = s.w.Spec.MGet
	}
	fds, took, err := s.dialAll(ctx, (s.plan.Conns-i+count-1)/count, s.plan.Herd && !p.fill)
	if err != nil {
		t.close()
		return nil, err
	}
	for _, fd := range fds {
		c := newConn(len(t.conns), fd, t.depth, keys)
		c.remember(s.w.Trace() != nil)
		c.most = t.reader.Size
		t.conns = append(t.conns, c)
	}
	for _, c := range t.conns {
		if err := t.poll.add(c.fd, c.id); err != nil {
			t.close()
			return nil, err
		}
	}
	for _, ns := range took {
		t.done.connects.RecordValue(ns) //nolint:errcheck // it is within bounds
	}
	t.alive = len(t.conns)
	return t, nil
}

func (t *thread) recorder() *recorder { return t.rec }

func (t *thread) close() {
	for _, c := range t.conns {
		if !c.dead {
			c.dead = true
			closeSocket(c.fd)
		}
	}
	t.dialer.close(t.poll)
}
