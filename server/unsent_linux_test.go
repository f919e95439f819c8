package server

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// mostUnsent is what package reactor allows the kernel to accept without sending, for a client that reads slowly.
const mostUnsent = 1 << 20

// TestUnsent requests 30 MB and reads nothing: the kernel keeps little of it, apart from the client's own
// buffer.
func TestUnsent(t *testing.T) {
	r := serveToys(t, Options{})
	c := r.dial()
	c.small()
	c.send(strings.Repeat("1000000\n", 30))
	r.quiet(r.toys.calls.Load)
	kept := make(chan int, 1)
	r.onlyConn(func(fd int) {
		n, err := unix.IoctlGetInt(fd, unix.SIOCOUTQ)
		if err != nil {
			n = -1
		}
		kept <- n
	})
	if n := <-kept; n <= 0 || n > mostUnsent+256<<10 {
		t.Errorf("the kernel keeps %d bytes", n)
	}
}
