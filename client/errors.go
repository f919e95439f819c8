package client

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// What errors.Is tells apart. Every error that an operation returns is an *Error.
// Unless a node answered with it, which is a *ServerError inside, it matches one
// outcome, ErrNotSent or ErrUnknown, and one cause: another one of these, or
// context.Canceled. ErrReadOnly is both. ErrNotFound stands alone.
var (
	// ErrNotFound: the key is not there, or a condition on it did not hold.
	ErrNotFound = errors.New("key not found")
	// ErrNotSent: the request surely did not take effect, because no node can
	// have received all of it. It may be tried again without harm.
	ErrNotSent = errors.New("not sent")
	// ErrUnknown: the request was sent, wholly or in part may still be, and no
	// answer came. A write may have taken effect or may do so yet.
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
	// ErrBoundCommand: Do and its kin do not send commands that change, hold up
	// or take over a connection, since many callers share it. The error's text
	// says what to use instead. Found before anything is sent.
	ErrBoundCommand = errors.New("command is bound to a connection")
	// ErrTimeout: the context's deadline passed, or the node did not answer
	// within the read timeout.
	ErrTimeout = errors.New("timeout")
	// ErrBusy: the connection's queue is full and the client was told to fail
	// rather than wait (WithFailWhenFull).
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

// Error is what every failed operation returns: what was done, where, how it
// stood there, and what happened. Use errors.Is with the variables above, with
// context.DeadlineExceeded and context.Canceled, and errors.As with
// *ServerError.
type Error struct {
	Op      Op            // the operation
	Node    string        // id of the node last asked; empty when none was
	Address string        // its address
	Queue   int           // requests in flight on the connection at that moment
	Waited  time.Duration // how long the caller had waited, 0 when not measured
	Err     error         // the cause; nil for ErrNotFound

	kind kind
}

// closedError says that the client was closed before anything was sent.
func closedError(op Op) *Error { return &Error{Op: op, kind: kClosed | kNotSent, Err: ErrClosed} }

// waitError is why a wait for room or for a connection ended.
type waitError struct {
	error
	after time.Duration
}

func (w waitError) Unwrap() error { return w.error }

// Is reports whether the error is of the kind that target names.
func (e *Error) Is(target error) bool {
	k := kindOf(target)
	return k != 0 && e.kind&k != 0
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Error describes the failure in one line. Keys and values are not in it.
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

// ServerError is an error that a node answered with.
type ServerError struct {
	// Message is the node's text, as in "WRONGTYPE Operation against ...".
	Message string
}

func (e *ServerError) Error() string { return e.Message }

// Code returns the first word of the message, as in "WRONGTYPE".
func (e *ServerError) Code() string {
	code, _, _ := strings.Cut(e.Message, " ")
	return code
}

// ManyError is returned by operations on many keys when some keys failed. The
// result of each key tells more.
type ManyError struct {
	Op     Op
	Keys   int   // how many keys were asked for
	Failed int   // how many failed, other than by not being found
	Err    error // the first failure, an *Error
}

func (e *ManyError) Error() string {
	return fmt.Sprintf("cache %s: %d of %d keys failed, the first: %v", e.Op, e.Failed, e.Keys, e.Err)
}

// Unwrap returns the first failure.
func (e *ManyError) Unwrap() error { return e.Err }
