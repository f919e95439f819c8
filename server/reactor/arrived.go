package reactor

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// Arrived reads what a client has sent by now into b, without waiting, and returns the number of bytes: 0 if there are none,
// or nc is no socket. The connection must not be a loop's.
func Arrived(nc net.Conn, b []byte) (n int) {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return 0
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) { n, _, _ = unix.Recvfrom(int(fd), b, unix.MSG_DONTWAIT) })
	return max(n, 0)
}
