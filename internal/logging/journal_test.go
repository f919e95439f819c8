package logging

import (
	"bytes"
	"testing"

	"go.uber.org/zap"
)

func TestJournalLines(t *testing.T) {
	var console bytes.Buffer
	l := start(t, Options{Level: "debug", Console: &console, Journal: true})
	l.Debug("d")
	l.Info("i", zap.Int("n", 1))
	l.With(zap.String("k", "v")).Warn("w")
	l.Error("e", zap.Stack("stack"))
	got := console.Bytes()
	want := "<7>d\n<6>i {\"n\": 1}\n<4>w {\"k\": \"v\"}\n<3>e"
	if !bytes.HasPrefix(got, []byte(want)) {
		t.Errorf("got %q, want %q", got, want)
	}
	for line := range bytes.Lines(got) {
		if line[0] != '<' {
			t.Errorf("a line without priority: %q", line)
		}
	}
}
