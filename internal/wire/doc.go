// Package wire decodes the requests of the two dialects that a node speaks and
// encodes replies. It does no I/O, takes no locks and, once its buffers have
// grown, allocates nothing.
//
// A decoded request is a list of spans into the decoded buffer: nothing is
// copied, and the garbage collector has no pointers to follow. The spans are
// valid until the caller changes the buffer.
//
// The RESP dialect is the Redis serialization protocol, versions 2 and 3
// (https://redis.io/docs/latest/develop/reference/protocol-spec/); its requests
// are arrays of bulk strings or inline lines. The line dialect is CacheGopher's
// own, for people at a terminal. docs/protocol.md describes both.
package wire

// Span is the place of an argument in the decoded buffer.
type Span struct{ Off, Len uint32 }

// Of returns the bytes of the span. buf is the decoded buffer.
func (s Span) Of(buf []byte) []byte { return buf[s.Off : s.Off+s.Len : s.Off+s.Len] }

// Status describes the front of a decoder's input.
type Status uint8

const (
	// More: the request is incomplete.
	More Status = iota
	// OK: a request was decoded. It has no arguments if it is an empty line or
	// array, which the caller ignores.
	OK
	// Bad: the input breaks the protocol. The caller replies with the decoder's
	// Err and closes the connection.
	Bad
	// Oversize: a request was too large to keep, and its bytes were dropped as
	// they arrived. The decoder has the size for the reply.
	Oversize
)

// Limits of requests.
const (
	// MaxArgs is the greatest number of arguments of a command.
	MaxArgs = 1 << 20
	// MaxBulk is the greatest announced length of one argument, in bytes.
	MaxBulk = 512 << 20
	// MaxRequest is the greatest total length of one command's arguments. A single
	// longer argument is dropped and gets an error reply; a greater total of shorter
	// ones breaks the protocol.
	MaxRequest = 16 << 20
	// MaxInline is the greatest length of an inline request or a protocol header line.
	MaxInline = 64 << 10
	// MaxKept is the longest argument that is kept. No command can store a longer
	// one, so these are dropped as they arrive.
	MaxKept = 128 << 10
)
