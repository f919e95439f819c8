package replica

import (
	"context"
	"errors"
	"net"
	"syscall"
)

// ErrAnswered is wrapped by the error of a Dial that failed after the connection was made: in the TLS handshake, at the
// sign-in, or because nothing came. The member is there, and may have the group's data.
var ErrAnswered = errors.New("the connection was made")

// absence classifies a failed attempt to connect to a member.
type absence uint8

const (
	present absence = iota // it answers, or the error's meaning is unknown
	unasked                // this node could not ask: its name server or its own network does not work
	silent                 // nothing comes from the member's host: it is down, or cut off with its data
	gone                   // the host refuses the connection: the process has ended, and its memory with it
)

// absenceOf classifies the error of Dial. When in doubt, the member counts as present: only errors that certainly mean
// absence count as such. Of several attempts to reach one member, the one that proves the least absence decides.
func absenceOf(err error) absence {
	if errors.Is(err, ErrAnswered) {
		return present
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		least := gone
		for _, one := range many.Unwrap() {
			least = min(least, absenceOf(one))
		}
		return least
	}
	var name *net.DNSError
	var network net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOENT): // a unix socket's file is missing
		return gone
	case errors.As(err, &name) && !name.IsNotFound, errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.ENETDOWN):
		return unasked
	case name != nil, errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.EHOSTDOWN):
		return silent
	}
	return present
}
