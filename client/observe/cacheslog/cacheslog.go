// Package cacheslog logs failed and slow operations with log/slog:
//
//	client.New(client.WithConfigFile(path), client.WithHooks(cacheslog.New(slog.Default(), cacheslog.Options{})))
//
// Keys and values are never logged.
//
// The package needs only the standard library and is part of the main module. A program that required it as a
// module of its own keeps the import path and drops that requirement:
//
//	go mod edit -droprequire github.com/cachegopher/cachegopher/client/observe/cacheslog && go mod tidy
package cacheslog

import (
	"context"
	"log/slog"
	"time"

	"github.com/cachegopher/cachegopher/client"
)

// DefaultSlow is the duration from which an operation counts as slow.
const DefaultSlow = 100 * time.Millisecond

// Options of New. The zero value means the defaults.
type Options struct {
	// Slow is the duration from which a successful operation is logged at level warn. Default 100 ms;
	// negative: never.
	Slow time.Duration
	// All logs every operation, those that are neither slow nor failed at level debug.
	All bool
}

// Hooks are client.Hooks.
type Hooks struct {
	log  *slog.Logger
	slow time.Duration
	all  bool
}

// New returns hooks that log to log: failures and slow operations at level warn, operations that the
// caller cancelled at level debug. A missing key is not a failure.
func New(log *slog.Logger, o Options) *Hooks {
	if o.Slow == 0 {
		o.Slow = DefaultSlow
	}
	return &Hooks{log, o.Slow, o.All}
}

// Start does nothing.
func (h *Hooks) Start(ctx context.Context, _ client.Op) context.Context { return ctx }

// End logs the event if it failed, was slow, or All is set.
func (h *Hooks) End(ctx context.Context, e client.Event) {
	level, message := slog.LevelDebug, "cache operation"
	switch {
	case e.Failed():
		message = "cache operation failed"
		if e.Outcome() != "canceled" {
			level = slog.LevelWarn
		}
	case h.slow > 0 && e.Duration >= h.slow:
		level, message = slog.LevelWarn, "slow cache operation"
	case !h.all:
		return
	}
	if !h.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("op", e.Op.String()),
		slog.String("outcome", e.Outcome()),
		slog.Duration("duration", e.Duration),
		slog.Int("keys", e.Keys),
		slog.Int("bytes_out", e.BytesOut),
		slog.Int("bytes_in", e.BytesIn),
	}
	if e.Node != "" {
		attrs = append(attrs, slog.String("node", e.Node), slog.String("address", e.Address))
	}
	if e.Attempts > 1 {
		attrs = append(attrs, slog.Int("attempts", e.Attempts))
	}
	if e.Failed() {
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	}
	h.log.LogAttrs(ctx, level, message, attrs...)
}
