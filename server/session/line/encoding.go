package line

import (
	"strings"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// encoding writes each reply as a line, and an array as a line for each element.
type encoding struct{}

func put(w *reply.Writer, s string) {
	w.Out = append(w.Out, s...)
	w.Out = append(w.Out, '\n')
}

func (encoding) OK(w *reply.Writer) {
	if w.Words != nil && w.Words.OK != "" {
		put(w, w.Words.OK)
		return
	}
	w.Out = append(w.Out, "OK\n"...)
}

func (encoding) Status(w *reply.Writer, s string) { put(w, s) }

func (encoding) Integer(w *reply.Writer, n int64) {
	if words := w.Words; words != nil {
		switch {
		case n == 0 && words.Refused != nil:
			w.Error(*words.Refused)
			return
		case n == 0 && words.Zero != "":
			put(w, words.Zero)
			return
		case n != 0 && words.One != "":
			put(w, words.One)
			return
		}
	}
	w.Out = wire.AppendInt(w.Out, n)
	w.Out = append(w.Out, '\n')
}

func (encoding) Missing(w *reply.Writer) { put(w, reply.KeyNotFound) }

func (encoding) Array(w *reply.Writer, n int) {
	if n == 0 && w.Words != nil && w.Words.Empty != "" {
		put(w, w.Words.Empty)
	}
}

func (encoding) Verbatim(w *reply.Writer, s string) {
	w.Out = append(w.Out, strings.ReplaceAll(s, "\r\n", "\n")...)
	if w.Words != nil && w.Words.End != "" {
		put(w, w.Words.End)
	}
}

func (encoding) AppendBulk(dst, b []byte) []byte { return append(wire.AppendLineValue(dst, b), '\n') }

func (encoding) Value(w *reply.Writer, _ []byte, s *lru.Shard, e lru.Entry) {
	start := len(w.Out)
	w.Out = s.AppendValue(w.Out, e)
	if wire.HasLineEnd(w.Out[start:]) {
		w.Spare = append(w.Spare[:0], w.Out[start:]...)
		w.Out = wire.AppendLineValue(w.Out[:start], w.Spare)
	}
	w.Out = append(w.Out, '\n')
}

func (encoding) Error(w *reply.Writer, e reply.Error) {
	code, text := e.Code, e.Text
	if e.Line != "" {
		code, text = reply.Generic, e.Line
	}
	w.Out = append(w.Out, "ERROR: "...)
	if code != reply.Generic {
		w.Out = append(w.Out, code.Prefix()...)
	}
	w.Out = wire.AppendPrintable(w.Out, text)
	w.Out = append(w.Out, '\n')
}

func (encoding) TooLarge(w *reply.Writer, size uint64) {
	w.Out = append(w.Out, "ERROR: Key and value are "...)
	w.Out = wire.AppendInt(w.Out, int64(size))
	w.Out = append(w.Out, " bytes, the limit is "...)
	w.Out = wire.AppendInt(w.Out, lru.MaxSize)
	w.Out = append(w.Out, '\n')
}

// usage answers a line with the wrong number of fields with the command's syntax.
func usage(w *reply.Writer, name, syntax string) {
	w.CountError(reply.Generic)
	w.Out = append(w.Out, "ERROR: Usage: "...)
	w.Out = append(w.Out, name...)
	if syntax != "" {
		w.Out = append(w.Out, ' ')
		w.Out = append(w.Out, syntax...)
	}
	w.Out = append(w.Out, '\n')
}

// unknownWord answers a line whose first word is not a command.
func unknownWord(w *reply.Writer, word []byte) {
	w.CountError(reply.Generic)
	w.Out = append(w.Out, "ERROR: Unknown command: "...)
	w.Out = wire.AppendPrintable(w.Out, word[:min(len(word), 64)])
	w.Out = append(w.Out, '\n')
}
