package reply

import "github.com/cachegopher/cachegopher/internal/wire"

// Fail answers an error with the code Generic. text may hold bytes that the client sent.
func (w *Writer) Fail(text string) { w.FailAs(Generic, text) }

// FailAs is Fail with another code.
func (w *Writer) FailAs(code Code, text string) {
	if w.style != RESP {
		w.count(Generic)
		w.lineError(code, text)
		return
	}
	w.count(code)
	w.Out = wire.Error(w.Out, prefixes[code], text)
}

// Error answers e.
func (w *Writer) Error(e Error) {
	if w.style != RESP && e.Line != "" {
		w.count(Generic)
		w.lineError(Generic, e.Line)
		return
	}
	w.FailAs(e.Code, e.Text)
}

// FailWith answers err, shortened. Its text may hold bytes that the client sent.
func (w *Writer) FailWith(err error) { w.Fail(wire.Brief(err.Error())) }

// TooLarge answers that key and value are too large; size is that of both together, in bytes.
func (w *Writer) TooLarge(size uint64) {
	w.count(Generic)
	if w.style != RESP {
		w.Out = append(w.Out, "ERROR: Key and value are "...)
	} else {
		w.Out = append(w.Out, "-ERR key and value are "...)
	}
	w.Out = wire.AppendInt(w.Out, int64(size))
	w.Out = append(w.Out, " bytes, the limit is 65536"...)
	w.end()
}

// WrongArgs answers that a RESP command, or a subcommand such as client|kill, has the wrong number of arguments.
func (w *Writer) WrongArgs(name string) {
	w.count(Generic)
	w.Out = append(w.Out, "-ERR wrong number of arguments for '"...)
	w.Out = append(w.Out, name...)
	w.Out = append(w.Out, "' command\r\n"...)
}

func (w *Writer) count(code Code) {
	if w.OnError != nil {
		w.OnError(code)
	}
}

func (w *Writer) end() {
	if w.style != RESP {
		w.Out = append(w.Out, '\n')
		return
	}
	w.Out = append(w.Out, '\r', '\n')
}
