//go:build !linux

package server

import "syscall"

// restrict does nothing: elsewhere than on Linux a socket's file has no permissions before bind makes it. Until they
// are set it has what the umask leaves.
func restrict(string, string, syscall.RawConn) error { return nil }
