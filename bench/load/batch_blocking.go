package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// blockingBatches drives blocking connections, a goroutine each, with or without TLS. It uses more CPU a request than
// epollBatches, which cannot speak TLS.
type blockingBatches struct {
	s     *Session
	conns []*blockingBatch
	mu    sync.Mutex
	rec   *recorder // guarded by mu
	last  int64     // guarded by mu
}

// blockingBatch is one connection. Only its goroutine touches it while a run lasts.
type blockingBatch struct {
	batch
	net.Conn
	in []byte
}

func newBlockingBatches(ctx context.Context, s *Session, p phase, rec *recorder) (*blockingBatches, error) {
	t := &blockingBatches{s: s, rec: rec}
	for i := range s.plan.Conns {
		c, err := s.wire.Dial(ctx)
		if err != nil {
			t.close()
			return nil, fmt.Errorf("connection %d of %d: %w", i+1, s.plan.Conns, err)
		}
		t.conns = append(t.conns, &blockingBatch{batch: s.newBatch(i, p), Conn: c})
	}
	return t, nil
}

func (t *blockingBatches) recorder() *recorder { return t.rec }

func (t *blockingBatches) close() {
	for _, c := range t.conns {
		c.Close() //nolint:errcheck // done with it
	}
}

// run generates load until the phase ends, and returns when every reply has arrived.
func (t *blockingBatches) run(p phase) done {
	var (
		wg   sync.WaitGroup
		over atomic.Bool
		errs = make([]error, len(t.conns))
	)
	t.last = 0
	began, cpu := t.s.clock(), processCPU()
	limit := time.Now().Add(time.Duration(p.end-began) + t.s.plan.Timeout) // a missing reply must not block the run
	for i, c := range t.conns {
		wg.Go(func() {
			errs[i] = c.SetDeadline(limit)
			for first := true; errs[i] == nil && !over.Load(); first = false {
				if errs[i] = t.one(c, p, first); errs[i] != nil || t.s.stop.Load() || t.s.clock() >= p.end {
					over.Store(true)
				}
			}
		})
	}
	wg.Wait()
	return done{last: t.last, cpu: processCPU() - cpu, wall: t.s.clock() - began, err: errors.Join(errs...)}
}

// one sends a batch and receives its replies.
func (t *blockingBatches) one(c *blockingBatch, p phase, check bool) error {
	c.next(check)
	c.at = t.s.clock()
	size := c.want
	if _, err := c.Write(c.out); err != nil {
		return fmt.Errorf("send requests: %w", err)
	}
	if len(c.in) == 0 {
		c.in = make([]byte, min(size, 1<<20))
	}
	for c.want > 0 {
		n, err := c.Read(c.in[:min(len(c.in), c.want)])
		if bad := c.compare(c.in[:n]); bad != nil {
			return bad
		}
		if err != nil {
			return fmt.Errorf("read replies: %w", err)
		}
	}
	now := t.s.clock()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rec.turn(now)
	t.rec.in, t.rec.out = t.rec.in+int64(size), t.rec.out+int64(len(c.out))
	if c.at >= p.start {
		t.rec.batch(now-c.at, t.s)
		t.last = now
	}
	return nil
}
