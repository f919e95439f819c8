//go:build !linux

package server

import "net"

// boundUnsent is for Linux, whose kernel keeps far more for each client than others do.
func boundUnsent(net.Conn) {}
