package line

import (
	"testing"

	"github.com/cachegopher/cachegopher/server/session/reply"
)

// TestOwnErrors checks the errors that only this dialect has. Package reply tests the others.
func TestOwnErrors(t *testing.T) {
	for _, r := range []struct {
		write func(w *reply.Writer)
		want  string
	}{
		{func(w *reply.Writer) { usage(w, "GET", "<key>") }, "ERROR: Usage: GET <key>\n"},
		{func(w *reply.Writer) { usage(w, "KEYS", "") }, "ERROR: Usage: KEYS\n"},
		{func(w *reply.Writer) { unknownWord(w, []byte("F\x01")) }, "ERROR: Unknown command: F\\x01\n"},
	} {
		w, counted := &reply.Writer{}, 0
		w.Begin(nil, encoding{}, 2)
		w.OnError = func(reply.Code) { counted++ }
		if r.write(w); string(w.Out) != r.want || counted != 1 {
			t.Errorf("it writes %q and counts %d errors, want %q", w.Out, counted, r.want)
		}
	}
}
