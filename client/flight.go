package client

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// loads has at most one load of a key under way in the process.
type loads struct {
	mu      sync.Mutex
	flights map[string]*flight
	wg      sync.WaitGroup
	costs   [costSlots]atomic.Int64 // how long loads took, in ns, by key's hash
}

const costSlots = 512

// flight is one load under way.
type flight struct {
	done    chan struct{} // closed when value, err and panicked are set
	cancel  context.CancelFunc
	waiting int // under loads.mu; the load is cancelled when nobody is left
	shared  bool

	value    []byte
	err      error
	panicked any
}

// loadPanic carries a panic from a load to those who wait for it.
type loadPanic struct {
	value any
	stack []byte
}

func (p *loadPanic) String() string {
	return fmt.Sprintf("load function panicked: %v\n\n%s", p.value, p.stack)
}

// do returns what fn returns, sharing one call of it with all who ask for the
// same key meanwhile. fn goes on when the caller's context ends while others
// wait, and is cancelled when nobody does; it ends with life, too.
// When the caller's context ends first the error is an *Error of op.
func (l *loads) do(ctx, life context.Context, op Op, key string, fn func(context.Context) ([]byte, error)) ([]byte, error) {
	l.mu.Lock()
	f := l.flights[key]
	if f != nil {
		f.waiting++
		f.shared = true
	} else {
		f = l.start(ctx, life, key, fn)
		f.waiting = 1
	}
	l.mu.Unlock()
	select {
	case <-f.done:
	case <-ctx.Done():
		l.mu.Lock()
		if f.waiting--; f.waiting == 0 {
			f.cancel()
			if l.flights[key] == f {
				delete(l.flights, key) // the next one starts afresh
			}
		}
		l.mu.Unlock()
		return nil, &Error{Op: op, Err: ctx.Err(), kind: ctxKind(ctx.Err())}
	}
	if f.panicked != nil {
		panic(f.panicked)
	}
	if f.shared {
		return clone(f.value), f.err
	}
	return f.value, f.err
}

// start begins a load. The lock is held.
func (l *loads) start(ctx, life context.Context, key string, fn func(context.Context) ([]byte, error)) *flight {
	if l.flights == nil {
		l.flights = make(map[string]*flight)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(life, cancel)
	f := &flight{done: make(chan struct{}), cancel: cancel}
	l.flights[key] = f
	l.wg.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				f.panicked = &loadPanic{p, debug.Stack()}
			}
			stop()
			cancel()
			l.mu.Lock()
			if l.flights[key] == f {
				delete(l.flights, key)
			}
			l.mu.Unlock()
			close(f.done)
		}()
		f.value, f.err = fn(ctx)
	})
	return f
}

// background runs fn for key unless something is under way for it. Nobody
// waits; a panic ends the process as in any goroutine.
func (l *loads) background(ctx, life context.Context, key string, fn func(context.Context) ([]byte, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.flights[key] == nil {
		l.start(ctx, life, key, fn).waiting = 1
	}
}

// wait returns when no load is under way.
func (l *loads) wait() { l.wg.Wait() }

// took remembers how long a load of the key took.
func (l *loads) took(hash uint64, d time.Duration) {
	at := &l.costs[hash%costSlots]
	if old := at.Load(); old != 0 {
		d = time.Duration((3*old + int64(d)) / 4)
	}
	at.Store(max(int64(d), 1))
}

// cost is how long a load of the key is expected to take; 0 when unknown.
func (l *loads) cost(hash uint64) time.Duration {
	return time.Duration(l.costs[hash%costSlots].Load())
}
