//go:build !linux

package reactor

import "net"

// boundUnsent does nothing: only Linux keeps much for each client.
func boundUnsent(net.Conn) {}
