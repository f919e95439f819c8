package sut

import (
	"errors"
	"fmt"
	"syscall"
)

// limitBuffer sets the receive buffer of a socket.
func (w *Wire) limitBuffer(_, _ string, c syscall.RawConn) error {
	var err error
	outer := c.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, w.ReceiveBuffer)
	})
	if err = errors.Join(outer, err); err != nil {
		return fmt.Errorf("receive buffer of %d bytes: %w", w.ReceiveBuffer, err)
	}
	return nil
}
