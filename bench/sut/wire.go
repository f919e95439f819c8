package sut

import (
	"errors"
	"time"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// Query is a request ready to be encoded.
type Query struct {
	Kind   workload.Kind
	Key    []byte        // all but MGet
	Keys   [][]byte      // MGet
	Value  []byte        // Set
	Words  [][]byte      // Command
	Expiry time.Duration // of a Set or TTL; 0: none. Dialects that know only seconds round up.
}

// Outcome is the meaning of a reply.
type Outcome uint8

// The outcomes.
const (
	Done    Outcome = iota // stored, deleted, refreshed
	Hit                    // a value, or values, some of which may be missing
	Miss                   // no such key
	Number                 // a counter's value
	Refused                // an error reply
)

// Reply is a decoded reply. Its slices are valid until the buffer that it was decoded from changes.
type Reply struct {
	Outcome Outcome
	Value   []byte   // Hit of a Get
	Values  [][]byte // Hit of an MGet; nil for a miss
	Echo    [][]byte // keys that the server sent beside Values, if it does not rely on order
	Number  int64
	Text    []byte // Refused
}

// Dialect encodes requests and decodes replies. It holds no state.
type Dialect interface {
	// Append encodes q.
	Append(dst []byte, q *Query) []byte
	// AppendReply encodes the reply to q, a Get of a key that holds q.Value, or a Set.
	AppendReply(dst []byte, q *Query) []byte
	// Parse decodes the reply to a request of kind k for a number of keys at the front of buf. It returns how many
	// bytes the reply has, 0 if it is incomplete.
	Parse(buf []byte, k workload.Kind, keys int, r *Reply) (int, error)
}

// errProtocol means a malformed reply.
var errProtocol = errors.New("not a valid reply")

// seconds rounds a time to live up.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// line returns the first line of b without its end, and how many bytes it takes; 0 if it is incomplete.
func line(b []byte) (text []byte, n int) {
	for i, c := range b {
		if c == '\n' {
			if i > 0 && b[i-1] == '\r' {
				return b[:i-1], i + 1
			}
			return b[:i], i + 1
		}
	}
	return nil, 0
}
