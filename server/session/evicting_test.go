package session

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/lru"
)

// TestEvictsBy: INFO and the metrics show how LFU is tuned, which AUTO begins with, and nothing of it under another policy.
func TestEvictsBy(t *testing.T) {
	f := newFixture(t, lru.Options{Policy: lru.AUTO})
	for _, test := range []struct {
		policy lru.Policy
		want   []string
		series string // of evicts_by_comeback that is 1
	}{
		{lru.AUTO, []string{"evicts_by:LFU", "evicts_by_window:10", "evicts_by_comeback:if frequent"}, "if frequent"},
		{lru.S3FIFO, []string{"evicts_by:S3-FIFO", "evicts_by_window:0", "evicts_by_comeback:none"}, ""},
	} {
		if err := f.n.Store().SetPolicy(test.policy); err != nil {
			t.Fatal(err)
		}
		text := f.do(resp("INFO", "memory"))
		for _, line := range test.want {
			if !strings.Contains(text, "\r\n"+line+"\r\n") {
				t.Errorf("%v: without %s: %s", test.policy, line, text)
			}
		}
		c := Counts{using: f.n.Store().Using()}
		for _, r := range metric.Read(Evicting, &c) {
			if r.Name == "evicts_by_comeback" && (r.Number() == 1) != (r.Labels[0].Value == test.series) {
				t.Errorf("%v: %v is %v", test.policy, r.Labels, r.Value)
			}
		}
	}
}
