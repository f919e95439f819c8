package client

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

var (
	errLoadTimeout = errors.New("load function did not return within the load timeout")
	errLoadExited  = errors.New("load function ended its goroutine (runtime.Goexit)")
)

// flight is one load in progress.
type flight struct {
	ctx        context.Context // the load's; after its end no caller joins
	cancel     context.CancelFunc
	done       chan struct{} // closed when value, err and panicked are set
	waiting    int           // callers; guarded by loads.mu. A foreground load is cancelled at 0
	background bool
	shared     bool

	value    []byte
	err      error
	panicked *LoadPanic
}

// LoadPanic is what callers of GetOrLoad panic with when the load function
// panicked.
type LoadPanic struct {
	Value any    // the value passed to panic
	Stack []byte // of the load's goroutine
}

func (p *LoadPanic) Error() string {
	return fmt.Sprintf("load function panicked: %v\n\n%s", p.Value, p.Stack)
}

// panicOf wraps a recovered value, or returns nil when there was no panic. It is called in
// the deferred function of the panicking goroutine.
func panicOf(recovered any) *LoadPanic {
	if recovered == nil {
		return nil
	}
	if p, ok := recovered.(*LoadPanic); ok {
		return p
	}
	return &LoadPanic{recovered, debug.Stack()}
}

// gaveUp returns why a flight's context ended before the load did.
func (f *flight) gaveUp(op Op) *Error {
	if errors.Is(context.Cause(f.ctx), ErrClosed) {
		return closedError(op)
	}
	return &Error{Op: op, Err: errLoadTimeout, kind: kTimeout | kUnknown}
}

// run calls the load function and recovers from its panic.
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

// loadContext ends with the client and carries a caller's values.
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
