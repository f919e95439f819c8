//go:build linux

package main

import (
	"slices"
	"time"
)

// lengths are the durations of the attacks that have no natural end.
type lengths struct {
	soak       int // seconds
	operations int // on the store and its model
	fuzzing    time.Duration
	repository string
}

// catalogue returns all attacks, in order.
func catalogue(l lengths) []attack {
	return slices.Concat(connectionAttacks(), protocolAttacks(), replyAttacks(), authAttacks(), tlsAttacks(), resourceAttacks(), linkAttacks(), killAttacks(), holdbackAttacks(), liarAttacks(), upgradeAttacks(),
		libraryAttacks(), soakAttacks(l.soak), goTestAttacks(l.operations, l.fuzzing, l.repository))
}

// closedFor is the counter of connections closed by a node for a reason.
func closedFor(reason string) string {
	return `cachegopher_connections_closed_total{reason="` + reason + `"}`
}

// brief is the run that CI has time for: the attacks most likely to show that a change has broken something, each with
// the few faults of the quick run, against one build. The race detector watches the memory that event loops share; the
// plain build shows how much memory is used, and is fast enough for groups.
func brief() map[string]string {
	return map[string]string{
		"clients: connects and disconnects":                          "race",
		"clients: resets at random points of a request or its reply": "race",
		"clients: half-close after a pipeline":                       "race",
		"clients: announcements of huge counts and lengths":          "race",
		"clients: mutated requests":                                  "race",
		"clients: both dialects in one connection":                   "race",
		"clients: never reading 64 KB replies":                       "plain",
		"clients: pipelines of 100,000 requests in one write":        "plain",
		"clients: resets at random points of a TLS connection":       "race",
		"clients: never reading 64 KB replies, with TLS":             "plain",
		"resources: descriptors exhausted":                           "plain",
		"resources: values of every size at a budget of 1 MB":        "plain",
		"resources: goroutines of half-closed connections":           "plain",
		"groups: kill -9 of any node":                                "plain",
		"groups: partitions, both ways":                              "plain",
	}
}
