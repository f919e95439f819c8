package server

import (
	"net"

	"golang.org/x/sys/unix"
)

// mostUnsent is how many bytes of a connection's replies the kernel may keep that it has not sent.
const mostUnsent = 256 << 10

// boundUnsent bounds what the kernel keeps for a client that does not read. Without, it takes up to 4 MB for each, which
// client_buffers does not count, and a thousand such clients bring it to the bound of all TCP on the machine. What is
// on its way to a client that does read is not bounded.
func boundUnsent(nc net.Conn) {
	tc, ok := nc.(*net.TCPConn)
	if !ok {
		return
	}
	if raw, err := tc.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, mostUnsent)
		})
	}
}
