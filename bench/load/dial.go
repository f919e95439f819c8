package load

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// dialer makes connections for a thread, which does not wait for them: each attempt is a goroutine, and wakes the thread.
type dialer struct {
	ctx   context.Context
	stop  context.CancelFunc
	made  chan made // has room for all connections of the thread
	going sync.WaitGroup
}

// made is the outcome of an attempt.
type made struct {
	c    *conn
	fd   int
	took int64 // ns
	err  error
}

func newDialer(ctx context.Context, conns int) *dialer {
	d := &dialer{made: make(chan made, conns)}
	d.ctx, d.stop = context.WithCancel(ctx)
	return d
}

// close ends attempts under way and closes what they made, and then the poller that they wake. It does not wait.
func (d *dialer) close(poll *poller) {
	d.stop()
	go func() {
		d.going.Wait()
		close(d.made)
		for m := range d.made {
			if m.err == nil {
				closeSocket(m.fd)
			}
		}
		poll.close()
	}()
}

// dialAll makes a number of connections; together, all at once, and then it also returns how long each took in ns.
func (s *Session) dialAll(ctx context.Context, n int, together bool) (fds []int, took []int64, err error) {
	fds, errs := make([]int, n), make([]error, n)
	var going sync.WaitGroup
	start := make(chan struct{})
	if together {
		took = make([]int64, n)
		for i := range n {
			going.Go(func() {
				<-start
				began := time.Now()
				fds[i], errs[i] = dial(ctx, s.wire)
				took[i] = max(1, int64(time.Since(began)))
			})
		}
	} else {
		for i := range n {
			if fds[i], errs[i] = dial(ctx, s.wire); errs[i] != nil {
				fds, errs = fds[:i+1], errs[:i+1]
				break
			}
		}
	}
	close(start)
	going.Wait()
	for i, e := range errs {
		if e != nil && err == nil {
			err = fmt.Errorf("connection %d of %d: %w", i+1, n, e)
		}
	}
	if err == nil {
		return fds, took, nil
	}
	for i, e := range errs {
		if e == nil {
			closeSocket(fds[i])
		}
	}
	return nil, nil, err
}
