package reply

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

// Writer appends replies to Out. The zero value writes RESP version 2.
type Writer struct {
	// Out holds the replies so far. The caller of Begin owns it.
	Out []byte
	// OnError is called before each error reply is written; may be nil.
	OnError func(Code)
	// Words are the words of the command being executed; nil: the dialect's own. RESP ignores them.
	Words *Words
	// Spare is a buffer that an Encoding may use and grow.
	Spare []byte

	other Encoding // nil: RESP
	proto int      // RESP version
}

// Begin makes w append to out, in the encoding other than RESP, or in this version of RESP if other is nil.
func (w *Writer) Begin(out []byte, other Encoding, proto int) {
	w.Out, w.other, w.proto = out, other, proto
}

// Proto is the version of RESP. SetProto changes it, beginning with the next reply.
func (w *Writer) Proto() int     { return w.proto }
func (w *Writer) SetProto(p int) { w.proto = p }

// Counted reports whether an array begins with the number of its elements, which must then be known first.
func (w *Writer) Counted() bool { return w.other == nil }

// OK answers success.
func (w *Writer) OK() {
	if w.other != nil {
		w.other.OK(w)
		return
	}
	w.Out = append(w.Out, "+OK\r\n"...)
}

// Simple answers a status. REQUIRES: s has no CR or LF.
func (w *Writer) Simple(s string) {
	if w.other != nil {
		w.other.Status(w, s)
		return
	}
	w.Out = wire.Simple(w.Out, s)
}

// Integer answers a number.
func (w *Writer) Integer(n int64) {
	if w.other != nil {
		w.other.Integer(w, n)
		return
	}
	w.Out = wire.Int(w.Out, n)
}

// Bulk answers a string of any bytes.
func (w *Writer) Bulk(b []byte) { w.Out = w.AppendBulk(w.Out, b) }

// AppendBulk is Bulk with another destination, for replies that are collected before their number is known.
func (w *Writer) AppendBulk(dst, b []byte) []byte {
	if w.other != nil {
		return w.other.AppendBulk(dst, b)
	}
	return wire.Bulk(dst, b)
}

// Text is Bulk for a string.
func (w *Writer) Text(s string) {
	if w.other != nil {
		w.other.Status(w, s)
		return
	}
	w.Out = wire.BulkString(w.Out, s)
}

// Value answers with the value of e, the entry of key. REQUIRES: its shard s is locked.
func (w *Writer) Value(key []byte, s *lru.Shard, e lru.Entry) {
	if w.other != nil {
		w.other.Value(w, key, s, e)
		return
	}
	w.Out = wire.BulkHeader(w.Out, s.Len(e))
	w.Out = s.AppendValue(w.Out, e)
	w.Out = append(w.Out, '\r', '\n')
}

// Range answers with the bytes [from, to) of the value of e. REQUIRES: its shard s is locked.
func (w *Writer) Range(s *lru.Shard, e lru.Entry, from, to int) {
	if w.other != nil {
		w.Spare = s.AppendRange(w.Spare[:0], e, from, to)
		w.Bulk(w.Spare)
		return
	}
	w.Out = wire.BulkHeader(w.Out, to-from)
	w.Out = s.AppendRange(w.Out, e, from, to)
	w.Out = append(w.Out, '\r', '\n')
}

// Missing answers that the key does not exist.
func (w *Writer) Missing() {
	if w.other != nil {
		w.other.Missing(w)
		return
	}
	w.Out = wire.Null(w.Out, w.proto)
}

// Array opens an array: n replies follow.
func (w *Writer) Array(n int) {
	if w.other != nil {
		w.other.Array(w, n)
		return
	}
	w.Out = wire.Array(w.Out, n)
}

// NoArray answers a null array. Only RESP has one.
func (w *Writer) NoArray() { w.Out = wire.NullArray(w.Out, w.proto) }

// Map opens a map: n pairs of replies follow. Only RESP writes anything for it.
func (w *Writer) Map(n int) {
	if w.other != nil {
		return
	}
	w.Out = wire.Map(w.Out, w.proto, n)
}

// Set opens a set: n replies follow. Only RESP writes anything for it.
func (w *Writer) Set(n int) {
	if w.other != nil {
		return
	}
	w.Out = wire.Set(w.Out, w.proto, n)
}

// Verbatim answers a text of several lines for people, whose lines end in CR and LF or in LF.
func (w *Writer) Verbatim(s string) {
	if w.other != nil {
		w.other.Verbatim(w, s)
		return
	}
	w.Out = wire.Verbatim(w.Out, w.proto, s)
}

// Raw appends encoded replies.
func (w *Writer) Raw(b []byte) { w.Out = append(w.Out, b...) }

// Drop removes Out[start:end], a reply to be replaced. The bytes after it stay.
func (w *Writer) Drop(start, end int) { w.Out = w.Out[:start+copy(w.Out[start:], w.Out[end:])] }
