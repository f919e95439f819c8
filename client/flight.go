package client

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// loads has at most one load of a key under way in the process. A load that does
// not end within its time loses its key: those who wait get an error, and the
// next one who asks starts afresh.
type loads struct {
	life    context.Context // ends when the client is closed
	timeout time.Duration   // most that a load may take
	grace   time.Duration   // how long to wait for loads whose contexts have ended

	mu      sync.Mutex
	closed  bool // no load begins any more
	flights map[string]*flight
	wg      sync.WaitGroup        // of the loads' goroutines; added to under mu while not closed
	panics  map[string]*LoadPanic // of loads that nobody waited for, until somebody asks for the key

	unreported atomic.Int32            // len(panics)
	costs      [costSlots]atomic.Int64 // how long loads took, in ns, by key's hash
}

const (
	costSlots  = 512
	panicsKept = 64 // keys whose next caller is told of a panic

	// closeGrace is how long Close waits for loads that do not obey their contexts.
	closeGrace = 5 * time.Second
)

var (
	errLoadTimeout = errors.New("load function did not return within the load timeout")
	errLoadExited  = errors.New("load function ended its goroutine (runtime.Goexit)")
)

// flight is one load under way.
type flight struct {
	ctx        context.Context // the load's; once it ends nobody joins the load
	cancel     context.CancelFunc
	done       chan struct{} // closed when value, err and panicked are set
	waiting    int           // under loads.mu; unless in the background, the load is cancelled when nobody is left
	background bool
	shared     bool

	value    []byte
	err      error
	panicked *LoadPanic
}

// LoadPanic is what callers of GetOrLoad panic with when the load function
// panicked.
type LoadPanic struct {
	Value any    // what the load function panicked with
	Stack []byte // where
}

func (p *LoadPanic) Error() string {
	return fmt.Sprintf("load function panicked: %v\n\n%s", p.Value, p.Stack)
}

// panicOf wraps what was recovered, in the function deferred by the panicking
// goroutine; nil when there was no panic.
func panicOf(recovered any) *LoadPanic {
	if recovered == nil {
		return nil
	}
	if p, ok := recovered.(*LoadPanic); ok {
		return p
	}
	return &LoadPanic{recovered, debug.Stack()}
}

// do returns what fn returns, sharing one call of it with all who ask for the
// same key meanwhile. fn goes on when the caller's context ends while others
// wait, and is cancelled when nobody does, when its time is over, and when the
// client is closed. When the caller does not get its result the error is an
// *Error of op.
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

// gaveUp explains why a flight's context ended before the load did.
func (f *flight) gaveUp(op Op) *Error {
	if errors.Is(context.Cause(f.ctx), ErrClosed) {
		return closedError(op)
	}
	return &Error{Op: op, Err: errLoadTimeout, kind: kTimeout | kUnknown}
}

// leave counts out a caller that does not wait any more.
func (l *loads) leave(key string, f *flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f.waiting--; f.waiting > 0 || f.background {
		return
	}
	f.cancel()
	if l.flights[key] == f {
		delete(l.flights, key) // the next one starts afresh
	}
}

// start begins a load, which has the values of ctx. The lock is held.
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

// run calls the load function. It returns whatever that does, unless it ends
// the goroutine.
func (f *flight) run(fn func(context.Context) ([]byte, error)) {
	returned := false
	defer func() {
		if returned {
			return
		}
		f.value = nil
		if f.panicked = panicOf(recover()); f.panicked == nil {
			f.err = errLoadExited
		}
	}()
	f.value, f.err = fn(f.ctx)
	returned = true
}

// finish hands the result to those who wait, and keeps a panic that nobody
// waited for.
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

// takePanic returns, once, the panic of a load of key that nobody waited for.
func (l *loads) takePanic(key string) *LoadPanic {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.panics[key]
	delete(l.panics, key)
	l.unreported.Store(int32(len(l.panics)))
	return p
}

// background runs fn for key, for at most timeout, unless a load of it is under
// way. The next one who asks for the key is told of a panic.
func (l *loads) background(ctx context.Context, key string, timeout time.Duration, fn func(context.Context) ([]byte, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.flights[key]; l.closed || f != nil && f.ctx.Err() == nil {
		return
	}
	l.start(ctx, key, min(timeout, l.timeout), fn).background = true
}

// close keeps loads from beginning.
func (l *loads) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
}

// wait returns when no load is under way, or after the grace: a load function
// that does not obey its context cannot be ended.
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

// loadContext ends with the client and has a caller's values.
type loadContext struct {
	context.Context
	values context.Context
}

func (c loadContext) Value(key any) any {
	if v := c.values.Value(key); v != nil {
		return v
	}
	return c.Context.Value(key)
}
