package server

import (
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestReachOf(t *testing.T) {
	for text, want := range map[string]Reach{
		"127.0.0.1": ReachMachine, "127.8.9.1": ReachMachine, "::1": ReachMachine, "::ffff:127.0.0.1": ReachMachine,

		"10.0.0.1": ReachNetwork, "172.16.0.1": ReachNetwork, "172.31.255.255": ReachNetwork, "192.168.1.1": ReachNetwork,
		"169.254.1.1": ReachNetwork, "fe80::1": ReachNetwork, "fe80::1%eth0": ReachNetwork, "fd00::1": ReachNetwork,
		"fc00::1": ReachNetwork, "::ffff:10.0.0.1": ReachNetwork,

		"0.0.0.0": ReachAll, "::": ReachAll, "::ffff:0.0.0.0": ReachAll, "8.8.8.8": ReachAll, "::ffff:8.8.8.8": ReachAll,
		"172.15.0.1": ReachAll, "172.32.0.1": ReachAll, "192.169.0.1": ReachAll, "11.0.0.1": ReachAll,
		"100.63.0.1": ReachAll, "100.64.0.1": ReachAll, "100.127.255.255": ReachAll, "2001:db8::1": ReachAll,
		"64:ff9b::a00:1": ReachAll, "fec0::1": ReachAll, "2606:4700::1": ReachAll,
	} {
		if got := ReachOf(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
	if got := ReachOfListener(&net.UnixAddr{Name: "/run/n.sock", Net: "unix"}); got != ReachMachine {
		t.Errorf("a unix socket: %d", got)
	}
}

// TestGuard connects to a protected server on a wildcard address, from the loopback address and from another one.
func TestGuard(t *testing.T) {
	own := ownAddress()
	if own == "" {
		t.Skip("SKIPPED: this machine has no address but the loopback's")
	}
	for _, protect := range []bool{true, false} {
		r := serveToys(t, Options{Addresses: []string{"0.0.0.0:0"}, Protected: protect})
		_, port, err := net.SplitHostPort(r.Addrs()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		for host, want := range map[string]string{"127.0.0.1": "xxx", own: map[bool]string{true: "-DENIED this node is in protected mode", false: "xxx"}[protect]} {
			c, err := net.Dial("tcp", net.JoinHostPort(host, port))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close() //nolint:errcheck // the test is over
			_ = c.SetDeadline(time.Now().Add(patience))
			_, _ = io.WriteString(c, "3\n")
			got := make([]byte, len(want))
			if n, err := io.ReadFull(c, got); !strings.HasPrefix(string(got[:n]), want) {
				t.Errorf("protected %v: %s is answered %q, %v", protect, host, got[:n], err)
			}
		}
	}
}

// ownAddress is an IPv4 address of this machine other than the loopback address.
func ownAddress() string {
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			return n.IP.String()
		}
	}
	return ""
}
