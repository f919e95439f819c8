package server

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestSocketOptions reads the options of a served socket: silent clients are probed, and nothing is delayed.
func TestSocketOptions(t *testing.T) {
	for keepAlive, want := range map[time.Duration]int{0: 60, 7 * time.Second: 7, -1: 0} {
		r := serveToys(t, Options{KeepAlive: keepAlive})
		c := r.dial()
		c.send("1\n")
		c.gets(1)
		got := make(chan [3]int, 1)
		r.onlyConn(func(fd int) {
			var v [3]int
			v[0], _ = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE)
			v[1], _ = unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE)
			v[2], _ = unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY)
			got <- v
		})
		v := <-got
		if on := want > 0; (v[0] != 0) != on || on && v[1] != want || v[2] == 0 {
			t.Errorf("keepalive %v: on %d, idle %d s, nodelay %d", keepAlive, v[0], v[1], v[2])
		}
	}
}
