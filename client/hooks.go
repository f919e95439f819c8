package client

import (
	"context"
	"errors"
	"time"
)

// Hooks observe operations: whatever asks a node, and GetOrLoad. What the near cache
// answers alone is no event. They are called on the caller's goroutine, those of a
// Refresh on its own, and must be quick; values never reach them.
type Hooks interface {
	// Start is called before an operation; the operation goes on with the
	// context that it returns, and so does End.
	Start(ctx context.Context, op Op) context.Context
	// End is called when the operation has ended.
	End(ctx context.Context, e Event)
}

// Event is what there is to say about an operation.
type Event struct {
	Op       Op
	Node     string // id of the node that answered, or was asked last
	Address  string
	Keys     int // how many keys it was about
	Attempts int // how many times a node was asked
	Hedged   bool
	BytesOut int // of keys and values in requests
	BytesIn  int // of values in replies
	Start    time.Time
	Duration time.Duration
	Err      error
}

// Outcome is Err in one word of few, fit for a label: ok, not_found, timeout,
// canceled, unavailable, read_only, busy, invalid, closed, unknown or error.
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

// JoinHooks has several observers told, the first to be told of a start being
// the last to be told of its end.
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
