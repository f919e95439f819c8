package reply

import "github.com/cachegopher/cachegopher/lru"

// Encoding encodes the replies of a dialect other than RESP. One value serves all connections and must keep no state. Its
// methods append to w.Out, and use the command's own words in w.Words. The Writer has counted errors before it calls them.
type Encoding interface {
	// OK, Integer, Missing, Array and Verbatim are the methods of Writer; Status is Simple and Text.
	OK(w *Writer)
	Status(w *Writer, s string)
	Integer(w *Writer, n int64)
	Missing(w *Writer)
	Array(w *Writer, n int)
	Verbatim(w *Writer, s string)
	// AppendBulk appends a string of any bytes to dst.
	AppendBulk(dst, b []byte) []byte
	// Value answers with the value of e, the entry of key. REQUIRES: its shard s is locked.
	Value(w *Writer, key []byte, s *lru.Shard, e lru.Entry)
	// Error answers e. Its text may hold bytes that the client sent.
	Error(w *Writer, e Error)
	// TooLarge answers that key and value are too large; size is that of both together, in bytes.
	TooLarge(w *Writer, size uint64)
}

// Words replace a dialect's own replies for one command. An empty field replaces nothing. RESP ignores them.
type Words struct {
	OK      string // for OK
	One     string // for a number that is not 0
	Zero    string // for 0
	Refused *Error // for 0, as a counted error; takes precedence over Zero
	Empty   string // for an empty array
	End     string // a last line after a text
}

// KeyNotFound is the line dialect's reply for a missing key. It does not count as an error.
const KeyNotFound = "ERROR: Key not found"

// NotFound are the words of commands whose reply in RESP is the number of changed keys: in the line dialect it says whether
// the key existed.
var NotFound = Words{One: "OK", Zero: KeyNotFound}
