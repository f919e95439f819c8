// Package logging makes a node's logger: readable lines for a terminal, JSON lines for a file that
// logrotate may move away, and a level that can change at run time.
//
// Log lines must never contain a value of the cache. Above level debug no request is logged.
package logging

import (
	"fmt"
	"io"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Options say where log lines go.
type Options struct {
	Level   string    // debug, info, warn or error; empty: info
	Node    string    // id of the node, in every JSON line; empty: left out
	File    string    // JSON lines are appended to it; empty: none
	Console io.Writer // readable lines; nil: none
	// Journal is for a Console that systemd's journal reads: lines begin with their priority
	// (sd-daemon(3)) and have no time, which the journal adds.
	Journal bool
	// Fallback gets the JSON lines if there is neither File nor Console, and lines about dropped
	// lines. nil: they are lost.
	Fallback io.Writer
}

// Logger is a zap logger with its file and its level. Its methods may be called from any goroutine.
type Logger struct {
	*zap.Logger
	level zap.AtomicLevel
	file  *File // nil without Options.File
}

// New opens the log. It fails on an unknown level and on a file that cannot be opened.
func New(o Options) (*Logger, error) {
	l := &Logger{level: zap.NewAtomicLevel()}
	if o.Level != "" {
		if err := l.SetLevel(o.Level); err != nil {
			return nil, err
		}
	}
	fallback := o.Fallback
	if fallback == nil {
		fallback = io.Discard
	}
	var cores []zapcore.Core
	if o.Console != nil {
		cores = append(cores, zapcore.NewCore(consoleEncoder(o.Journal), zapcore.Lock(zapcore.AddSync(o.Console)), l.level))
	}
	var lines zapcore.WriteSyncer
	switch {
	case o.File != "":
		file, err := OpenFile(o.File, fallback)
		if err != nil {
			return nil, err
		}
		l.file, lines = file, file
	case o.Console == nil:
		lines = zapcore.Lock(zapcore.AddSync(fallback))
	}
	if lines != nil {
		core := zapcore.NewCore(zapcore.NewJSONEncoder(jsonFormat()), lines, l.level)
		if o.Node != "" {
			core = core.With([]zapcore.Field{zap.String("node", o.Node)})
		}
		cores = append(cores, core)
	}
	l.Logger = zap.New(zapcore.NewTee(cores...), zap.ErrorOutput(zapcore.Lock(zapcore.AddSync(fallback))))
	return l, nil
}

func consoleEncoder(journal bool) zapcore.Encoder {
	if journal {
		return newJournalEncoder()
	}
	return zapcore.NewConsoleEncoder(consoleFormat())
}

// consoleFormat is the format for people: 2026-01-02 15:04:05.000 INFO message {"key": "value"}.
func consoleFormat() zapcore.EncoderConfig {
	return zapcore.EncoderConfig{
		TimeKey: "time", LevelKey: "level", MessageKey: "msg", StacktraceKey: "stack",
		EncodeTime:       zapcore.TimeEncoderOfLayout("2006-01-02 15:04:05.000"),
		EncodeLevel:      zapcore.CapitalLevelEncoder,
		EncodeDuration:   zapcore.StringDurationEncoder,
		ConsoleSeparator: " ",
	}
}

// jsonFormat is the format for programs. Times are in UTC, so that lines of nodes in different time zones sort.
func jsonFormat() zapcore.EncoderConfig {
	return zapcore.EncoderConfig{
		TimeKey: "time", LevelKey: "level", MessageKey: "msg", StacktraceKey: "stack",
		EncodeTime: func(t time.Time, e zapcore.PrimitiveArrayEncoder) {
			e.AppendString(t.UTC().Format("2006-01-02T15:04:05.000Z"))
		},
		EncodeLevel:    zapcore.LowercaseLevelEncoder,
		EncodeDuration: zapcore.StringDurationEncoder,
	}
}

// Level returns debug, info, warn or error.
func (l *Logger) Level() string { return l.level.Level().String() }

// SetLevel makes the logger log lines of this level (debug, info, warn or error) and above.
func (l *Logger) SetLevel(level string) error {
	switch level {
	case "debug", "info", "warn", "error":
		return l.level.UnmarshalText([]byte(level))
	}
	return fmt.Errorf("log level %q is not debug, info, warn or error", level)
}

// HasFile reports whether lines go to a file.
func (l *Logger) HasFile() bool { return l.file != nil }

// Reopen opens the path of the log file again, after logrotate has moved the file away. After an error
// the old file stays in use.
func (l *Logger) Reopen() error {
	if l.file == nil {
		return nil
	}
	return l.file.Reopen()
}

// Dropped returns the number of lines that could not be written to the file.
func (l *Logger) Dropped() uint64 {
	if l.file == nil {
		return 0
	}
	return l.file.Dropped()
}

// Close closes the file. Lines logged later are dropped.
func (l *Logger) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
