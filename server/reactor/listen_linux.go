package reactor

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// restrict prevents connections to a unix socket before its permissions are set: bind gives the socket's file the
// permissions of the descriptor.
func restrict(_, _ string, c syscall.RawConn) error {
	var failed error
	if err := c.Control(func(fd uintptr) { failed = unix.Fchmod(int(fd), 0) }); err != nil {
		return err
	}
	return failed
}
