// Package cacheslog writes what goes wrong, and what takes long, to a log/slog logger:
//
//	client.New(client.WithConfigFile(path), client.WithHooks(cacheslog.New(slog.Default(), cacheslog.Options{})))
//
// Keys and values are never logged.
package cacheslog

import (
	"context"
	"log/slog"
	"time"

	"github.com/cachegopher/cachegopher/client"
)

// DefaultSlow is from which duration on an operation is worth a line.
const DefaultSlow = 100 * time.Millisecond

// Options of New. The zero value means the defaults.
type Options struct {
	// Slow is from which duration on an operation that succeeded is logged at level warn. Default
	// 100 ms; negative: never.
	Slow time.Duration
	// All has every operation logged, the others at level debug.
	All bool
}

// Hooks are client.Hooks.
type Hooks struct {
	log  *slog.Logger
	slow time.Duration
	all  bool
}

// New returns hooks that write to log: failures and slow operations at level warn, those of callers
// who cancelled at level debug. A key that is not found is no failure.
func New(log *slog.Logger, o Options) *Hooks {
	if o.Slow == 0 {
		o.Slow = DefaultSlow
	}
	return &Hooks{log, o.Slow, o.All}
}

// Start does nothing.
func (h *Hooks) Start(ctx context.Context, _ client.Op) context.Context { return ctx }

// End writes a line if the event is worth one.
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
