package reply

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

// Fail answers an error with the code Generic. text may hold bytes that the client sent.
func (w *Writer) Fail(text string) { w.FailAs(Generic, text) }

// FailAs is Fail with another code.
func (w *Writer) FailAs(code Code, text string) {
	if w.other != nil {
		w.Error(Error{Code: code, Text: text})
		return
	}
	w.CountError(code)
	w.Out = wire.Error(w.Out, prefixes[code], text)
}

// Error answers e.
func (w *Writer) Error(e Error) {
	if w.other != nil {
		w.CountError(Generic)
		w.other.Error(w, e)
		return
	}
	w.FailAs(e.Code, e.Text)
}

// FailWith answers err, shortened. Its text may hold bytes that the client sent.
func (w *Writer) FailWith(err error) { w.Fail(wire.Brief(err.Error())) }

// TooLarge answers that key and value are too large; size is that of both together, in bytes.
func (w *Writer) TooLarge(size uint64) {
	w.CountError(Generic)
	if w.other != nil {
		w.other.TooLarge(w, size)
		return
	}
	w.Out = append(w.Out, "-ERR key and value are "...)
	w.Out = wire.AppendInt(w.Out, int64(size))
	w.Out = append(w.Out, " bytes, the limit is "...)
	w.Out = wire.AppendInt(w.Out, lru.MaxSize)
	w.Out = append(w.Out, '\r', '\n')
}

// WrongArgs answers that a command, or a subcommand such as client|kill, has the wrong number of arguments.
func (w *Writer) WrongArgs(name string) {
	if w.other != nil {
		w.Error(Error{Text: "wrong number of arguments for '" + name + "' command"})
		return
	}
	w.CountError(Generic)
	w.Out = append(w.Out, "-ERR wrong number of arguments for '"...)
	w.Out = append(w.Out, name...)
	w.Out = append(w.Out, "' command\r\n"...)
}

// CountError counts an error reply that the caller encodes itself.
func (w *Writer) CountError(code Code) {
	if w.OnError != nil {
		w.OnError(code)
	}
}
