package logging

import (
	"bytes"
	"fmt"

	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"
)

// journalEncoder writes lines for systemd's journal: <priority>message {"key": "value"}.
type journalEncoder struct {
	zapcore.Encoder
}

func newJournalEncoder() zapcore.Encoder {
	format := consoleFormat()
	format.TimeKey, format.LevelKey = "", ""
	return journalEncoder{zapcore.NewConsoleEncoder(format)}
}

// Clone implements zapcore.Encoder, so that loggers with fields of their own write priorities too.
func (e journalEncoder) Clone() zapcore.Encoder { return journalEncoder{e.Encoder.Clone()} }

// EncodeEntry writes the priority before each line of the entry; one with a stack has several.
func (e journalEncoder) EncodeEntry(entry zapcore.Entry, fields []zapcore.Field) (*buffer.Buffer, error) {
	plain, err := e.Encoder.EncodeEntry(entry, fields)
	if err != nil {
		return nil, err
	}
	defer plain.Free()
	prefix := fmt.Sprintf("<%d>", priority(entry.Level))
	out := buffers.Get()
	for line := range bytes.Lines(plain.Bytes()) {
		out.AppendString(prefix)
		out.AppendBytes(line)
	}
	return out, nil
}

var buffers = buffer.NewPool()

// priority returns the syslog severity of a level.
func priority(l zapcore.Level) int {
	switch {
	case l >= zapcore.DPanicLevel:
		return 2
	case l == zapcore.ErrorLevel:
		return 3
	case l == zapcore.WarnLevel:
		return 4
	case l == zapcore.InfoLevel:
		return 6
	}
	return 7
}
