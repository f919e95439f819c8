package server

import (
	"net"
	"net/netip"
)

// Reach says which clients can connect to a listener, judged by its address.
type Reach uint8

// In increasing order.
const (
	// ReachMachine: programs of this machine, by the loopback interface or a unix socket.
	ReachMachine Reach = iota
	// ReachNetwork: machines of a private network (RFC 1918, link-local, or unique local of IPv6).
	ReachNetwork
	// ReachAll: every machine that can route here, since the address is a wildcard or public. Addresses that
	// a provider shares among its customers (100.64.0.0/10) do not count as private.
	ReachAll
)

// ReachOf returns the reach of a TCP listener at ip. An IPv4-mapped IPv6 address counts as the IPv4 address.
func ReachOf(ip netip.Addr) Reach {
	ip = ip.Unmap()
	switch {
	case ip.IsLoopback():
		return ReachMachine
	case ip.IsPrivate(), ip.IsLinkLocalUnicast():
		return ReachNetwork
	}
	return ReachAll
}

// ReachOfListener is ReachOf for a listener of any kind.
func ReachOfListener(a net.Addr) Reach {
	if ip := addrOf(a); ip.IsValid() {
		return ReachOf(ip)
	}
	return ReachMachine
}
