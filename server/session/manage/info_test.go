package manage

import (
	"testing"

	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/session"
)

// TestMeasured checks that INFO shows the metrics of each section.
func TestMeasured(t *testing.T) {
	shown := map[string]bool{"": true}
	for _, s := range infoSections {
		shown[s.name] = s.measured
	}
	checkShown(t, shown, session.Traffic)
	checkShown(t, shown, session.Contents)
	checkShown(t, shown, session.Evicting)
	checkShown(t, shown, server.Metrics)
}

func checkShown[R any](t *testing.T, shown map[string]bool, list []metric.Metric[R]) {
	t.Helper()
	for _, m := range list {
		if !shown[m.Section] {
			t.Errorf("the section %q does not show %s", m.Section, m.Info)
		}
	}
}
