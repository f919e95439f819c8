// Package session turns the bytes of a connection into replies.
//
// A Session is a pure function: bytes and state in, bytes consumed and reply
// bytes out. It does no I/O and starts nothing, so that sockets, TLS, tests,
// fuzzers and benchmarks all drive the same code. What the sessions of a node
// share is its Node; what one goroutine reuses from one call to the next is its
// Loop.
//
// A request takes this way: Run decodes up to 32 complete requests, hashes their
// keys, lets the store load all of them into the processor's cache at once, then
// executes them in order and appends the replies.
package session
