package reactor

import (
	"net"

	"golang.org/x/sys/unix"
)

// mostUnsent bounds the bytes of a connection that the kernel has accepted but not sent.
const mostUnsent = 256 << 10

// boundUnsent bounds what the kernel keeps for a client that does not read. Otherwise it keeps up to 4 MB for each,
// which no budget of the server counts, and a thousand such clients exhaust what the machine has for all of TCP. What
// is on its way to a client that reads is not bounded.
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
