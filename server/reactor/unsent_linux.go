package reactor

import (
	"net"

	"golang.org/x/sys/unix"
)

// mostUnsent bounds the bytes of a connection that the kernel has accepted but not sent.
const mostUnsent = 256 << 10

// boundUnsent bounds the bytes that the kernel keeps for a client that does not read. The kernel's default is up to 4 MB,
// which no budget of the server counts, and a thousand such clients exhaust the machine's memory for TCP. Bytes in flight
// to a client that reads are not bounded.
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
