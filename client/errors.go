package client

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Errors for errors.Is. Every error that an operation returns is an *Error. Unless it
// wraps a node's answer (a *ServerError), it matches one outcome, ErrNotSent or
// ErrUnknown, and one cause: one of the other errors below, or context.Canceled.
// ErrReadOnly is both outcome and cause. ErrNotFound stands alone.
var (
	// ErrNotFound: the key does not exist, or a condition on it did not hold.
	ErrNotFound = errors.New("key not found")
	// ErrNotSent: the request certainly had no effect, because no node received all of
	// it, or a node refused it. Repeating it is harmless.
	ErrNotSent = errors.New("not sent")
	// ErrUnknown: the request may have been sent, and no answer came. A write may have
	// taken effect, or may still do so.
	ErrUnknown = errors.New("sent, outcome unknown")
	// ErrUnavailable: no node that could answer is connected.
	ErrUnavailable = errors.New("unavailable")
	// ErrReadOnly: every member of the group refuses writes.
	ErrReadOnly = errors.New("read only")
	// ErrTooLarge: key and value together exceed MaxItemBytes. Found before
	// anything is sent.
	ErrTooLarge = errors.New("too large")
	// ErrEmptyKey: the key has no bytes. Found before anything is sent.
	ErrEmptyKey = errors.New("empty key")
	// ErrInvalidTTL: the time to live is zero or less. Found before anything is
	// sent.
	ErrInvalidTTL = errors.New("time to live is not positive")
	// ErrBoundCommand: Do, DoRead, DoNode and Pipeline do not send commands that change,
	// hold up or take over a connection, since many callers share it. The error's text
	// says what to use instead. Found before anything is sent.
	ErrBoundCommand = errors.New("command is bound to a connection")
	// ErrTimeout: the context's deadline passed, or the node did not answer
	// within the read timeout.
	ErrTimeout = errors.New("timeout")
	// ErrBusy: the connection's queue is full, and the client fails instead of waiting
	// (WithFailWhenFull).
	ErrBusy = errors.New("queue full")
	// ErrClosed: the client was closed.
	ErrClosed = errors.New("client closed")
)

// kind is a set of the errors above, so that one *Error can match several.
type kind uint16

const (
	kNotFound kind = 1 << iota
	kNotSent
	kUnknown
	kUnavailable
	kReadOnly
	kTooLarge
	kEmptyKey
	kInvalidTTL
	kBound
	kTimeout
	kBusy
	kClosed
)

func kindOf(target error) kind {
	switch target {
	case ErrNotFound:
		return kNotFound
	case ErrNotSent:
		return kNotSent
	case ErrUnknown:
		return kUnknown
	case ErrUnavailable:
		return kUnavailable
	case ErrReadOnly:
		return kReadOnly
	case ErrTooLarge:
		return kTooLarge
	case ErrEmptyKey:
		return kEmptyKey
	case ErrInvalidTTL:
		return kInvalidTTL
	case ErrBoundCommand:
		return kBound
	case ErrTimeout:
		return kTimeout
	case ErrBusy:
		return kBusy
	case ErrClosed:
		return kClosed
	}
	return 0
}

// Error is the error of every failed operation. Use errors.Is with the variables above,
// with context.DeadlineExceeded and context.Canceled, and errors.As with *ServerError.
type Error struct {
	Op      Op            // the operation
	Node    string        // id of the node asked last; empty: none
	Address string        // its address
	Queue   int           // requests in flight on the connection at that moment
	Waited  time.Duration // how long the caller waited; 0: not measured
	Err     error         // the cause; nil for ErrNotFound

	kind kind
}

// closedError is the error of an operation on a closed client; nothing was sent.
func closedError(op Op) *Error { return &Error{Op: op, kind: kClosed | kNotSent, Err: ErrClosed} }

// waitError says why a wait for room or for a connection ended, and after how long.
type waitError struct {
	error
	after time.Duration
}

func (w waitError) Unwrap() error { return w.error }

// Is reports whether the error matches target, one of the variables above.
func (e *Error) Is(target error) bool {
	k := kindOf(target)
	return k != 0 && e.kind&k != 0
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Error describes the failure in one line, without keys and values.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "cache %s", e.Op)
	switch {
	case e.Node != "" && e.Node != e.Address:
		fmt.Fprintf(&b, " on %s (%s)", e.Node, e.Address)
	case e.Address != "":
		fmt.Fprintf(&b, " on %s", e.Address)
	}
	for _, k := range []struct {
		kind kind
		err  error
	}{
		{kNotFound, ErrNotFound}, {kTimeout, ErrTimeout}, {kUnavailable, ErrUnavailable},
		{kReadOnly, ErrReadOnly}, {kBusy, ErrBusy}, {kInvalidTTL, ErrInvalidTTL},
		{kBound, ErrBoundCommand}, {kNotSent, ErrNotSent}, {kUnknown, ErrUnknown},
	} {
		if e.kind&k.kind != 0 {
			b.WriteString(": ")
			b.WriteString(k.err.Error())
		}
	}
	if e.Waited > 0 {
		fmt.Fprintf(&b, " after %s with %d in flight", e.Waited.Round(10*time.Microsecond), e.Queue)
	} else if e.Queue > 0 {
		fmt.Fprintf(&b, " with %d in flight", e.Queue)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}
