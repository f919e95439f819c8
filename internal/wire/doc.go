// Package wire holds the two dialects that a node speaks: bytes in, commands
// out, and replies as bytes. It does no I/O, takes no locks and, once buffers
// have grown, allocates nothing.
//
// A decoded command is a list of spans into the buffer that was decoded, so that
// nothing is copied and the garbage collector has no pointers to follow. The
// spans are valid until the caller changes the buffer.
//
// The RESP dialect follows the Redis serialization protocol, versions 2 and 3
// (https://redis.io/docs/latest/develop/reference/protocol-spec/), requests as
// arrays of bulk strings or as inline lines. The line dialect is CacheGopher's
// own, for people at a terminal; docs/protocol.md describes both.
package wire

// Span is the place of an argument in the decoded buffer.
type Span struct{ Off, Len uint32 }

// Of returns the bytes of the span in buf, the buffer that was decoded.
func (s Span) Of(buf []byte) []byte { return buf[s.Off : s.Off+s.Len : s.Off+s.Len] }

// Status describes the front of a decoder's input.
type Status uint8

const (
	// More says that the request is not complete yet.
	More Status = iota
	// OK says that a request was decoded. It may have no arguments: an empty
	// line or array, to be ignored.
	OK
	// Bad says that the input breaks the protocol: the decoder's Err is to be
	// answered and the connection closed.
	Bad
	// Oversize says that a request is too large to be kept. What the caller needs
	// for an answer is in the decoder; the rest of the request's bytes are dropped
	// as they arrive.
	Oversize
)

// Limits of requests.
const (
	// MaxArgs is the greatest number of arguments of a command.
	MaxArgs = 1 << 20
	// MaxBulk is the greatest announced length of one argument, in bytes.
	MaxBulk = 512 << 20
	// MaxRequest is the greatest length of all arguments of one command together.
	// A single longer argument is dropped and answered; more than this in several
	// arguments breaks the protocol.
	MaxRequest = 16 << 20
	// MaxInline is the greatest length of an inline request or a protocol header line.
	MaxInline = 64 << 10
	// MaxKept is the longest argument that is kept; longer ones cannot be stored
	// by any command and are dropped as they arrive.
	MaxKept = 128 << 10
)
