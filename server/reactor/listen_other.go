//go:build !linux

package reactor

import "syscall"

// restrict does nothing: only Linux creates a socket's file with given permissions. On other systems the umask decides
// until they are set.
func restrict(string, string, syscall.RawConn) error { return nil }
