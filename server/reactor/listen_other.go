//go:build !linux

package reactor

import "syscall"

// restrict does nothing: only Linux lets a socket's file have permissions from the start. Until they are set it has
// those that the umask leaves.
func restrict(string, string, syscall.RawConn) error { return nil }
