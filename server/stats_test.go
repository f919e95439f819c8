package server

import (
	"testing"

	"github.com/cachegopher/cachegopher/internal/metric"
)

// TestReasonsInBothForms checks that INFO and STATS both have each reason for closing a connection.
func TestReasonsInBothForms(t *testing.T) {
	info, stats := map[string]string{}, map[string]string{}
	for _, r := range metric.Read(Metrics, &Stats{ClosedBacklog: 1, ClosedClientBuffers: 2, ClosedIdle: 3, ClosedUnsent: 4, ClosedProtocol: 5, ClosedPanic: 6}) {
		if r.Section == "stats" {
			info[r.Info] = r.Text()
		}
		stats[r.Stats] = r.Text()
	}
	for name, value := range map[string]string{
		"closed_for_backlog": "1", "closed_for_client_buffers": "2", "closed_for_idleness": "3",
		"closed_with_replies_unsent": "4", "closed_for_protocol": "5", "closed_by_panic": "6",
	} {
		if info[name] != value || stats[name] != value {
			t.Errorf("%s is %q in INFO and %q in STATS, want %s", name, info[name], stats[name], value)
		}
	}
}
