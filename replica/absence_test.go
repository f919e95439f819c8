package replica

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
)

// TestAbsence classifies failures to connect.
func TestAbsence(t *testing.T) {
	wrap := func(err error) error { return &net.OpError{Op: "dial", Err: err} }
	for _, c := range []struct {
		err  error
		want absence
	}{
		{wrap(syscall.ECONNREFUSED), gone},
		{wrap(syscall.ENOENT), gone},
		{wrap(syscall.EHOSTUNREACH), silent},
		{wrap(context.DeadlineExceeded), silent},
		{&net.DNSError{IsNotFound: true}, silent},
		{wrap(syscall.EMFILE), present}, // this node could not even ask
		{wrap(syscall.ECONNRESET), present},
		{errors.New("whatever"), present},
		{fmt.Errorf("%w: %w", ErrAnswered, context.DeadlineExceeded), present},
		{errors.Join(wrap(syscall.ECONNREFUSED), wrap(syscall.ECONNREFUSED)), gone},
		{errors.Join(wrap(syscall.ECONNREFUSED), wrap(syscall.ETIMEDOUT)), silent},
		{errors.Join(wrap(syscall.ECONNREFUSED), fmt.Errorf("%w: no", ErrAnswered)), present},
	} {
		if got := absenceOf(c.err); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
}
