//go:build linux

package main

import "slices"

// catalogue is every attack, in the order in which they are done.
func catalogue() []attack {
	return slices.Concat(connectionAttacks(), protocolAttacks(), replyAttacks(), resourceAttacks(), linkAttacks(), killAttacks(), liarAttacks())
}

// closedFor is the counter of connections that a node closed for a reason.
func closedFor(reason string) string {
	return `cachegopher_connections_closed_total{reason="` + reason + `"}`
}
