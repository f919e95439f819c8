package client

import (
	"math"
	"time"

	"github.com/cachegopher/cachegopher/internal/millis"
)

// NoExpiry is the time to live of an entry that does not expire. TTL and GetWithTTL return it, and every
// operation with a time to live accepts it.
//
// Any other time to live must be positive; the client rounds it up to milliseconds. Zero and less are
// ErrInvalidTTL everywhere: a deadline that has passed is never taken for no deadline.
const NoExpiry time.Duration = math.MaxInt64

// life sets the request's time to live.
func (r *request) life(d time.Duration) {
	r.badTTL = d <= 0
	r.num = 0
	if d > 0 && d != NoExpiry {
		r.num = millis.Up(d)
	}
}

// invalidTTL is the error for a time to live of zero or less.
func invalidTTL(op Op) *Error { return &Error{Op: op, kind: kInvalidTTL | kNotSent} }

// lifeLeft converts the reply to PTTL. An entry that exists has at least a millisecond left.
func lifeLeft(ms int64) (left time.Duration, found bool) {
	switch ms {
	case -2:
		return 0, false
	case -1:
		return NoExpiry, true
	}
	return millis.Duration(max(ms, 1)), true
}
