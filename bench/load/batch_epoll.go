package load

import (
	"context"
	"fmt"
	"runtime"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// epollBatches drives all connections from one thread. It uses less CPU a request than the servers do: it formats only
// keys, checks only lengths, drops large replies in the kernel, and at depth 1 reads sixteen replies at a time. It
// allocates nothing while it runs.
type epollBatches struct {
	s      *Session
	poll   *poller
	conns  []*epollBatch
	rec    *recorder
	in     []byte
	paused delays
	now    int64
	lazy   bool // see arrived
	drop   bool // the kernel drops replies; copying them would take most of the generator's core
	busy   int  // connections with a batch in flight
	ended  bool
	phase  phase
	done   done
}

type epollBatch struct {
	batch
	pausing
	id   int
	fd   int
	sent int
	owed int // bytes of replies that have arrived and are unread
	turn int
}

func newEpollBatches(ctx context.Context, s *Session, p phase, rec *recorder) (*epollBatches, error) {
	poll, err := newPoller()
	if err != nil {
		return nil, err
	}
	t := &epollBatches{s: s, poll: poll, rec: rec, in: make([]byte, 1<<20), drop: s.w.MaxValue() >= large && s.plan.Reader.Size == 0}
	t.lazy = s.plan.Depth == 1 && !t.drop && s.plan.Reader == Reader{}
	if n := s.plan.Reader.Size; n > 0 {
		t.in = t.in[:min(n, len(t.in))]
	}
	for i := range s.plan.Conns {
		fd, err := dial(ctx, s.wire)
		if err != nil {
			t.close()
			return nil, fmt.Errorf("connection %d of %d: %w", i+1, s.plan.Conns, err)
		}
		t.conns = append(t.conns, &epollBatch{batch: s.newBatch(i, p), id: i, fd: fd})
		if err := poll.addEdge(fd, i, !t.lazy); err != nil {
			t.close()
			return nil, err
		}
	}
	return t, nil
}

func (t *epollBatches) recorder() *recorder { return t.rec }

func (t *epollBatches) close() {
	for _, c := range t.conns {
		closeSocket(c.fd)
	}
	t.poll.close()
}

// run generates load until the phase ends, and returns when every reply has arrived.
func (t *epollBatches) run(p phase) done {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	t.phase, t.ended, t.done = p, false, done{}
	if cores := t.s.plan.Cores; len(cores) > 0 {
		t.done.err = sut.Pin(cores[:1])
	}
	cpu, wall := threadCPU(), t.s.clock()
	t.now = wall
	for _, c := range t.conns {
		if t.done.err == nil {
			t.busy++
			t.done.err = t.send(c, true)
		}
	}
	for t.busy > 0 && t.done.err == nil {
		t.done.err = t.wait()
	}
	t.done.cpu, t.done.wall = threadCPU()-cpu, t.s.clock()-wall
	return t.done
}

// wait waits for ready connections and serves them.
func (t *epollBatches) wait() error {
	began := t.now
	n := t.poll.wait(max(0, min(int64(t.s.plan.Timeout), t.paused.next()-t.s.clock())))
	t.now = t.s.clock()
	if n == 0 && t.now-began >= int64(t.s.plan.Timeout) {
		return fmt.Errorf("no reply in %v", t.s.plan.Timeout)
	}
	t.rec.turn(t.now)
	t.ended = t.ended || t.now >= t.phase.end || t.s.stop.Load()
	for i := range n {
		id, _, _ := t.poll.ready(i)
		if err := t.serve(t.conns[id]); err != nil {
			return err
		}
	}
	for {
		x, ok := t.paused.pop(t.now)
		if !ok {
			return nil
		}
		t.conns[x.id].paused = false
		if err := t.serve(t.conns[x.id]); err != nil {
			return err
		}
	}
}

func (t *epollBatches) serve(c *epollBatch) error {
	if c.want == 0 {
		return nil
	}
	if t.lazy && len(c.check) == 0 {
		if err := t.arrived(c); err != nil {
			return err
		}
	} else if err := t.flush(c); err != nil {
		return err
	}
	for c.want > 0 && !c.paused {
		n, again, err := t.read(c)
		if again {
			return nil
		}
		if err == nil {
			err = c.compare(t.in[:n])
		}
		if err != nil {
			return err
		}
		if c.pausing.read(&t.s.plan.Reader.Pause, t.now) {
			t.paused.push(c.id, c.until)
		}
	}
	if c.want > 0 {
		return nil
	}
	t.count(c)
	if t.ended {
		t.busy--
		return nil
	}
	return t.send(c, false)
}

// count records a batch; each of its requests counts with the batch's latency.
func (t *epollBatches) count(c *epollBatch) {
	if c.at < t.phase.start {
		return
	}
	t.rec.batch(t.now-c.at, t.s)
	t.done.last = t.now
}
