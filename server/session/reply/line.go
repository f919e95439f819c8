package reply

import (
	"strings"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

// Words replace the line dialect's own replies for one command. An empty field replaces nothing.
type Words struct {
	OK      string // for OK
	One     string // for a number that is not 0
	Zero    string // for 0
	Refused *Error // for 0, as an error that counts; takes precedence over Zero
	Empty   string // for an empty array
	End     string // a last line after a text
}

// NotFound are the words of commands that in RESP answer the number of keys they changed: in the line dialect they answer
// whether the key existed.
var NotFound = Words{One: "OK", Zero: keyNotFound}

func (w *Writer) line(s string) {
	w.Out = append(w.Out, s...)
	w.Out = append(w.Out, '\n')
}

func (w *Writer) lineOK() {
	if w.Words != nil && w.Words.OK != "" {
		w.line(w.Words.OK)
		return
	}
	w.Out = append(w.Out, "OK\n"...)
}

func (w *Writer) lineInteger(n int64) {
	if words := w.Words; words != nil {
		switch {
		case n == 0 && words.Refused != nil:
			w.Error(*words.Refused)
			return
		case n == 0 && words.Zero != "":
			w.line(words.Zero)
			return
		case n != 0 && words.One != "":
			w.line(words.One)
			return
		}
	}
	w.Out = wire.AppendInt(w.Out, n)
	w.Out = append(w.Out, '\n')
}

func (w *Writer) lineValue(s *lru.Shard, e lru.Entry) {
	start := len(w.Out)
	w.Out = s.AppendValue(w.Out, e)
	if wire.HasLineEnd(w.Out[start:]) {
		w.scratch = append(w.scratch[:0], w.Out[start:]...)
		w.Out = wire.AppendLineValue(w.Out[:start], w.scratch)
	}
	w.Out = append(w.Out, '\n')
}

func (w *Writer) lineArray(n int) {
	if n == 0 && w.Words != nil && w.Words.Empty != "" {
		w.line(w.Words.Empty)
	}
}

func (w *Writer) lineText(s string) {
	w.Out = append(w.Out, strings.ReplaceAll(s, "\r\n", "\n")...)
	if w.Words != nil && w.Words.End != "" {
		w.line(w.Words.End)
	}
}

func (w *Writer) lineError(code Code, text string) {
	w.Out = append(w.Out, "ERROR: "...)
	if code != Generic {
		w.Out = append(w.Out, prefixes[code]...)
	}
	w.Out = wire.AppendPrintable(w.Out, text)
	w.Out = append(w.Out, '\n')
}

// Usage answers a line with the wrong number of fields by the command's syntax.
func (w *Writer) Usage(name, syntax string) {
	w.count(Generic)
	w.Out = append(w.Out, "ERROR: Usage: "...)
	w.Out = append(w.Out, name...)
	if syntax != "" {
		w.Out = append(w.Out, ' ')
		w.Out = append(w.Out, syntax...)
	}
	w.Out = append(w.Out, '\n')
}

// UnknownWord answers a line whose first word is not a command.
func (w *Writer) UnknownWord(word []byte) {
	w.count(Generic)
	w.Out = append(w.Out, "ERROR: Unknown command: "...)
	w.Out = wire.AppendPrintable(w.Out, word)
	w.Out = append(w.Out, '\n')
}
