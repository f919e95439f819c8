package client

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// loads runs at most one load of a key at a time in the process. A load that exceeds its
// timeout loses its key: its waiters get an error, and the next caller starts a new load.
type loads struct {
	life    context.Context // ends when the client is closed
	timeout time.Duration   // of a load
	grace   time.Duration   // how long wait waits for cancelled loads

	mu      sync.Mutex
	closed  bool // no more loads start
	flights map[string]*flight
	wg      sync.WaitGroup        // of the loads' goroutines; added to under mu while not closed
	panics  map[string]*LoadPanic // of loads without waiters, for the next caller of the key

	unreported atomic.Int32            // len(panics)
	costs      [costSlots]atomic.Int64 // how long loads took, in ns, by key's hash
}

const (
	costSlots  = 512
	panicsKept = 64 // most panics kept

	// closeGrace is how long Close waits for loads that ignore their contexts.
	closeGrace = 5 * time.Second
)

// do returns what fn returns; callers of the same key share one call of fn. fn continues
// when a caller's context ends while others wait. It is cancelled when nobody waits, at
// its timeout, and when the client is closed. A caller that does not get the result gets
// an *Error of op.
func (l *loads) do(ctx context.Context, op Op, key string, fn func(context.Context) ([]byte, error)) ([]byte, error) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil, closedError(op)
	}
	f := l.flights[key]
	if f != nil && f.ctx.Err() == nil {
		f.shared = true
	} else {
		f = l.start(ctx, key, l.timeout, fn)
	}
	f.waiting++
	l.mu.Unlock()
	select {
	case <-f.done:
	case <-f.ctx.Done():
		select {
		case <-f.done: // it ended first
		default:
			l.leave(key, f)
			return nil, f.gaveUp(op)
		}
	case <-ctx.Done():
		l.leave(key, f)
		return nil, &Error{Op: op, Err: ctx.Err(), kind: kUnknown | ctxKind(ctx.Err())}
	}
	if f.panicked != nil {
		panic(f.panicked)
	}
	if f.shared {
		return clone(f.value), f.err
	}
	return f.value, f.err
}

// leave removes a caller that has stopped waiting.
func (l *loads) leave(key string, f *flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f.waiting--; f.waiting > 0 || f.background {
		return
	}
	f.cancel()
	if l.flights[key] == f {
		delete(l.flights, key) // the next caller starts a new load
	}
}

// start starts a load whose context has the values of ctx. It requires the lock.
func (l *loads) start(ctx context.Context, key string, timeout time.Duration, fn func(context.Context) ([]byte, error)) *flight {
	if l.flights == nil {
		l.flights = make(map[string]*flight)
	}
	f := &flight{done: make(chan struct{})}
	f.ctx, f.cancel = context.WithTimeoutCause(loadContext{l.life, context.WithoutCancel(ctx)}, timeout, errLoadTimeout)
	l.flights[key] = f
	l.wg.Go(func() {
		defer l.finish(key, f) // also when fn ends the goroutine
		f.run(fn)
	})
	return f
}

// finish passes the result to the waiters, and keeps a panic if there are none.
func (l *loads) finish(key string, f *flight) {
	l.mu.Lock()
	if l.flights[key] == f {
		delete(l.flights, key)
	}
	if f.panicked != nil && f.waiting == 0 && len(l.panics) < panicsKept {
		if l.panics == nil {
			l.panics = make(map[string]*LoadPanic)
		}
		l.panics[key] = f.panicked
		l.unreported.Store(int32(len(l.panics)))
	}
	l.mu.Unlock()
	close(f.done)
	f.cancel()
}

// takePanic returns and forgets the panic of a load of key that had no waiters.
func (l *loads) takePanic(key string) *LoadPanic {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.panics[key]
	delete(l.panics, key)
	l.unreported.Store(int32(len(l.panics)))
	return p
}

// background runs fn for key, for at most timeout, unless a load of it is in progress.
// The next caller of the key gets its panic.
func (l *loads) background(ctx context.Context, key string, timeout time.Duration, fn func(context.Context) ([]byte, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.flights[key]; l.closed || f != nil && f.ctx.Err() == nil {
		return
	}
	l.start(ctx, key, min(timeout, l.timeout), fn).background = true
}

// close prevents further loads.
func (l *loads) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
}

// wait returns when no load is in progress, or after the grace period: a load function
// that ignores its context cannot be stopped.
func (l *loads) wait() {
	ended := make(chan struct{})
	go func() {
		l.wg.Wait()
		close(ended)
	}()
	grace := time.NewTimer(l.grace)
	defer grace.Stop()
	select {
	case <-ended:
	case <-grace.C:
	}
}
