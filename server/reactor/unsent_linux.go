package reactor

import (
	"net"

	"golang.org/x/sys/unix"
)

const (
	// mostUnsent bounds the bytes of a connection that the kernel has accepted but not sent.
	mostUnsent = 256 << 10
	// roomyUnsent is mostUnsent for the few connections that got more room.
	roomyUnsent = 1 << 20
	// roomyConns is how many connections of a Reactor have more room at a time.
	roomyConns = 64
)

// boundUnsent bounds the bytes that the kernel keeps for a client that does not read. The kernel's default is up to 4 MB,
// which no budget of the server counts, and a thousand such clients exhaust the machine's memory for TCP. Bytes in flight
// to a client that reads are not bounded.
func boundUnsent(nc net.Conn) {
	tc, ok := nc.(*net.TCPConn)
	if !ok {
		return
	}
	if raw, err := tc.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = setUnsent(int(fd), mostUnsent) })
	}
}

func setUnsent(fd, most int) error {
	return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, most)
}

// enlarge gives c more room in the kernel, if it has not got it and few others have. It reports whether there is room for
// more bytes now. A slow client costs a turn of its loop for each half of the room that it reads, and these turns, with the
// switches of threads around them, cost more than the replies: four times with values of 60 KB.
func (c *Conn) enlarge() bool {
	if c.room != usual {
		return false
	}
	if c.r.roomy.Add(1) > roomyConns {
		c.r.roomy.Add(-1)
		return false
	}
	c.room = more
	if setUnsent(c.FD(), roomyUnsent) != nil { // not TCP
		c.giveRoomBack()
		return false
	}
	return true
}

// giveRoomBack lets another connection have more room, because c is closed or cannot use it.
func (c *Conn) giveRoomBack() {
	if c.room == more {
		c.r.roomy.Add(-1)
	}
	c.room = fixed
}
