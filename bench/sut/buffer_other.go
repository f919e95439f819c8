//go:build !linux

package sut

import (
	"errors"
	"syscall"
)

func (w *Wire) limitBuffer(_, _ string, _ syscall.RawConn) error {
	return errors.New("the size of receive buffers is set on Linux only")
}
