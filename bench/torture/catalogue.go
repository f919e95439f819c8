//go:build linux

package main

import (
	"slices"
	"time"
)

// lengths are how long the attacks are that may last as long as one likes.
type lengths struct {
	soak       int // seconds
	operations int // on the store and its model
	fuzzing    time.Duration
	repository string
}

// catalogue is every attack, in the order in which they are done.
func catalogue(l lengths) []attack {
	return slices.Concat(connectionAttacks(), protocolAttacks(), replyAttacks(), authAttacks(), resourceAttacks(), linkAttacks(), killAttacks(), liarAttacks(),
		libraryAttacks(), soakAttacks(l.soak), goTestAttacks(l.operations, l.fuzzing, l.repository))
}

// closedFor is the counter of connections that a node closed for a reason.
func closedFor(reason string) string {
	return `cachegopher_connections_closed_total{reason="` + reason + `"}`
}
