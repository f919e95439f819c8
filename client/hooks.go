package client

import (
	"context"
	"errors"
	"time"
)

// Hooks observe operations that send requests to nodes, and GetOrLoad. Answers from the
// near cache alone are not events. Hooks run on the caller's goroutine, those of a Refresh
// on the refresh's own, and must be quick. They never see values.
type Hooks interface {
	// Start is called before an operation. The operation and End get the context that
	// it returns.
	Start(ctx context.Context, op Op) context.Context
	// End is called when the operation has ended.
	End(ctx context.Context, e Event)
}

// Event describes a finished operation.
type Event struct {
	Op       Op
	Node     string // id of the node that answered, or was asked last
	Address  string
	Keys     int // number of keys
	Attempts int // number of times a node was asked
	Hedged   bool
	Local    bool // answered from the node's memory, without asking it
	BytesOut int  // of keys and values in requests
	BytesIn  int  // of values in replies
	Start    time.Time
	Duration time.Duration
	Err      error
}

// Outcome returns Err as a label of one word: ok, not_found, timeout, canceled,
// unavailable, read_only, busy, invalid, closed, unknown or error.
func (e Event) Outcome() string {
	if e.Err == nil {
		return "ok"
	}
	for _, o := range outcomes {
		if errors.Is(e.Err, o.err) {
			return o.name
		}
	}
	return "error"
}

var outcomes = []struct {
	err  error
	name string
}{
	{ErrNotFound, "not_found"}, {ErrTimeout, "timeout"}, {context.DeadlineExceeded, "timeout"},
	{context.Canceled, "canceled"}, {ErrUnavailable, "unavailable"}, {ErrReadOnly, "read_only"},
	{ErrBusy, "busy"}, {ErrTooLarge, "invalid"}, {ErrEmptyKey, "invalid"}, {ErrInvalidTTL, "invalid"},
	{ErrBoundCommand, "invalid"}, {ErrClosed, "closed"},
	{ErrUnknown, "unknown"},
}

// Failed reports whether there is an error other than ErrNotFound.
func (e Event) Failed() bool { return e.Err != nil && !errors.Is(e.Err, ErrNotFound) }

// JoinHooks combines several observers. Start calls them in order, and End in the reverse
// order.
func JoinHooks(hooks ...Hooks) Hooks { return joined(hooks) }

type joined []Hooks

func (j joined) Start(ctx context.Context, op Op) context.Context {
	for _, h := range j {
		ctx = h.Start(ctx, op)
	}
	return ctx
}

func (j joined) End(ctx context.Context, e Event) {
	for i := range j {
		j[len(j)-1-i].End(ctx, e)
	}
}
