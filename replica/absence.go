package replica

import (
	"context"
	"errors"
	"net"
	"syscall"
)

// ErrAnswered is what a failed Dial wraps when the connection was made and something went wrong afterwards: a TLS
// handshake, a sign-in, silence. Somebody is there, and may have the group's data.
var ErrAnswered = errors.New("the connection was made")

// absence is what a failed attempt to connect says about a member of the group.
type absence uint8

const (
	present absence = iota // it answers, or nobody knows what the error means
	unasked                // this node could not ask it: its name server, or its own network, does not work
	silent                 // nothing comes from its host: it is down, or cut off with all its data
	gone                   // its host says that nobody listens there: the process, and its memory, are no more
)

// absenceOf tells who is away, and in doubt that nobody is: only errors that are known to mean absence do. Of
// several attempts at one member, one that finds it there decides.
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
