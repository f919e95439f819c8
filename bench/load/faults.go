package load

import "errors"

// fault is a kind of error.
type fault uint8

// The kinds of errors, each counted on its own.
const (
	faultNone     fault = iota
	faultConnect        // a connection could not be made
	faultClosed         // the target closed a connection
	faultReset          // the target, or something on the way to it, reset a connection
	faultTimeout        // no reply in time
	faultRefused        // the target answered with an error
	faultProtocol       // a malformed reply
	faultValue          // a value that nobody wrote
	faultSwapped        // the value of another key that was asked for on the same connection
	faultStale          // an older version than a read may see
	faultReply          // a well-formed reply of the wrong type
	faultCall           // a library returned an error
	faultMissing        // a key that must be there was not found
	faults
)

var faultNames = [faults]string{"", "connect", "closed", "reset", "timeout", "refused", "protocol", "wrong value", "swapped", "stale", "wrong reply", "call", "missing"}

func (f fault) String() string { return faultNames[f] }

// ErrDied means that a run ended because no connection to the target was left, and there were more errors than the plan
// allows, or none could be made for the time of a timeout.
var ErrDied = errors.New("no connection to the target is left")

// ErrTooMany means that there were more errors than the plan allows.
var ErrTooMany = errors.New("too many errors")
