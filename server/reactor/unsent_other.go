//go:build !linux

package reactor

import "net"

// boundUnsent does nothing: only Linux keeps much for each client.
func boundUnsent(net.Conn) {}

// enlarge does nothing, because nothing is bounded.
func (*Conn) enlarge() bool { return false }

func (*Conn) giveRoomBack() {}
