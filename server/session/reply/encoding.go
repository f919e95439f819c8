package reply

import "github.com/cachegopher/cachegopher/lru"

// Encoding encodes the replies of a dialect other than RESP. One value serves all connections, so that it keeps no state. Its
// methods append to w.Out, and know the words that a command has for them: w.Words. Errors are counted already when they
// are called.
type Encoding interface {
	// OK, Status, Integer, Missing, Array and Verbatim are those of Writer; Status is Simple and Text.
	OK(w *Writer)
	Status(w *Writer, s string)
	Integer(w *Writer, n int64)
	Missing(w *Writer)
	Array(w *Writer, n int)
	Verbatim(w *Writer, s string)
	// AppendBulk appends a string of any bytes to dst.
	AppendBulk(dst, b []byte) []byte
	// Value answers with the value of e, the entry of key. REQUIRES: s, its shard, is locked.
	Value(w *Writer, key []byte, s *lru.Shard, e lru.Entry)
	// Error answers e. Its text may hold bytes that the client sent.
	Error(w *Writer, e Error)
	// TooLarge answers that key and value are too large; size is that of both together, in bytes.
	TooLarge(w *Writer, size uint64)
}

// Words replace a dialect's own replies for one command. An empty field replaces nothing. RESP has no such words.
type Words struct {
	OK      string // for OK
	One     string // for a number that is not 0
	Zero    string // for 0
	Refused *Error // for 0, as an error that counts; takes precedence over Zero
	Empty   string // for an empty array
	End     string // a last line after a text
}

// KeyNotFound is the line dialect's reply for a missing key. It does not count as an error.
const KeyNotFound = "ERROR: Key not found"

// NotFound are the words of commands that in RESP answer the number of keys they changed: in the line dialect they answer
// whether the key existed.
var NotFound = Words{One: "OK", Zero: KeyNotFound}
