// Package session turns the bytes of a connection into replies.
//
// A Session is a pure function: bytes and state in, bytes consumed and reply
// bytes out. It does no I/O and starts nothing, so that sockets, TLS, tests,
// fuzzers and benchmarks all drive the same code. A Node is the state that a
// node's sessions share; a Loop is the memory that one goroutine reuses from one
// call to the next.
//
// Run decodes up to 32 complete requests and hashes their keys. The store loads
// the memory of all these keys into the processor's cache at once. Run then
// executes the requests in order and appends the replies.
package session
