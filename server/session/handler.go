package session

import (
	"strings"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/server/session/reply"
)

// Handler is a command in the form of one dialect.
type Handler struct {
	*Command
	line           *Form // nil: the command's own name and arguments
	run            func(*Call)
	id             int    // index of its counters
	name           string // lower case, for INFO, CLIENT LIST and errors
	least, most    int    // arguments, with the name
	key, last, gap int    // positions of the keys: Keys.First, Last and Step
	notEmpty       int    // position of a key that must not be empty, 0: none
	split          int    // see Split
	alone, within  bool   // see Queueing
	needs          atomic.Uint32
}

func newHandler(c *Command) *Handler {
	h := &Handler{Command: c, run: c.Run, name: lower(c.Name), key: c.Keys.First, last: c.Keys.Last, gap: max(c.Keys.Step, 1)}
	h.least, h.most = c.bounds()
	h.finish()
	return h
}

// newForm returns the handler of form f of a command; it uses the counters of the command's own handler.
func newForm(of *Handler, f *Form) *Handler {
	h := &Handler{Command: of.Command, line: f, run: of.run, id: of.id, name: lower(f.name(of.Command)),
		least: f.Min, most: f.Max, key: f.Key, last: of.last, gap: of.gap, notEmpty: f.Key, split: f.Max + 1}
	if f.Run != nil {
		h.run = f.Run
	}
	if f.Words != nil {
		h.run = withWords(h.run, f.Words)
	}
	if strings.HasSuffix(f.Syntax, "<value>") {
		h.split = f.Max
	}
	h.finish()
	return h
}

func (h *Handler) finish() {
	h.alone = h.Queued == Alone
	h.within = h.Queued == Within || h.Queued == ByKeys && h.Keys.First > 0
	needs := h.Command.needs(h.key)
	if h.key > 0 {
		needs |= NeedsSlot
	}
	h.needs.Store(needs)
}

// withWords returns run with words for its replies.
func withWords(run func(*Call), words *reply.Words) func(*Call) {
	return func(c *Call) {
		c.Words = words
		run(c)
		c.Words = nil
	}
}

// ShownName is the command's name in lower case, as errors show it.
func (h *Handler) ShownName() string { return h.name }

// HasKey reports whether the command has a key.
func (h *Handler) HasKey() bool { return h.key > 0 }

// Split is how many fields a line of the command is split into: one more than it may have, unless the last takes the
// rest of the line.
func (h *Handler) Split() int { return h.split }

// Form returns the name of the command's form, and its arguments as usage errors show them.
func (h *Handler) Form() (name, syntax string) { return h.line.name(h.Command), h.line.Syntax }

func (f *Form) name(c *Command) string {
	if f.Name != "" {
		return f.Name
	}
	return c.Name
}
