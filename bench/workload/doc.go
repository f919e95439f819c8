// Package workload describes what is requested of a cache: which keys, in what order, with values of what
// size, in what mix of operations. It draws requests, makes values and checks the values that come
// back; it does no I/O.
//
// A Spec describes a workload in words that fit on a command line and in a report; Compile turns it
// into a Workload. Each thread that makes load takes its own Sequence from it, seeded, so that a run
// can be repeated request by request. Drawing a request allocates nothing.
//
// Every value carries a checksum of its key's number, its version and its length, and a body
// that follows from the checksum, so that a wrong byte, an answer meant for another key, and an old
// version are told apart from what should have come; see Values and Versions.
package workload
