package node

import (
	"net"
	"testing"
)

func TestCovers(t *testing.T) {
	any4, loop := &net.TCPAddr{IP: net.IPv6unspecified, Port: 31337}, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 31337}
	for _, c := range []struct {
		socket  net.Addr
		address string
		want    bool
	}{
		{loop, "127.0.0.1:31337", true},
		{loop, "localhost:31337", true},
		{loop, "127.0.0.1:31338", false},
		{loop, "127.0.0.2:31337", false},
		{any4, "127.0.0.2:31337", true},
		{loop, "unix:///run/n.sock", false},
		{&net.UnixAddr{Name: "/run/n.sock", Net: "unix"}, "unix:///run/n.sock", true},
		{&net.UnixAddr{Name: "/run/n.sock", Net: "unix"}, "127.0.0.1:31337", false},
	} {
		if got := covers(c.socket, c.address); got != c.want {
			t.Errorf("a socket at %v covers %s: %v", c.socket, c.address, got)
		}
	}
}
