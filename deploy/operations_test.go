package deploy

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

func operations(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestRunbooks looks for a runbook for each alert, and for an alert for each runbook.
func TestRunbooks(t *testing.T) {
	data, err := os.ReadFile("prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	document := operations(t)
	alerts := map[string]bool{}
	for _, m := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(string(data), -1) {
		alerts[m[1]] = true
		if !strings.Contains(document, "\n### "+m[1]+"\n") {
			t.Errorf("docs/operations.md has no runbook for %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`\n### (CacheGopher\w+)\n`).FindAllStringSubmatch(document, -1) {
		if !alerts[m[1]] {
			t.Errorf("docs/operations.md has a runbook for %s, but there is no such alert", m[1])
		}
	}
	if len(alerts) < 5 {
		t.Errorf("only %d alerts", len(alerts))
	}
}

// TestCapacity fills stores and compares what they take with the formula of docs/operations.md.
func TestCapacity(t *testing.T) {
	m := regexp.MustCompile(`entries × \(key \+ value \+ (\d+)\) × ([\d.]+)`).FindStringSubmatch(operations(t))
	if m == nil {
		t.Fatal("docs/operations.md has no formula")
	}
	each, _ := strconv.ParseFloat(m[1], 64)
	spare, _ := strconv.ParseFloat(m[2], 64)
	for _, c := range []struct{ entries, value int }{{200_000, 10}, {200_000, 100}, {50_000, 1000}} {
		store, err := lru.New(lru.Options{MaxMemory: 128 << 20, NoBackground: true})
		if err != nil {
			t.Fatal(err)
		}
		value := make([]byte, c.value)
		key := 0
		for i := range c.entries {
			k := fmt.Appendf(nil, "user:%012d", i)
			key = len(k)
			if err := store.Set(k, value, 0); err != nil {
				t.Fatal(err)
			}
		}
		used, said := float64(store.Stats().UsedBytes), float64(c.entries)*(float64(key+c.value)+each)*spare
		t.Logf("%d entries of %d bytes take %.1f MB, the formula says %.1f MB", c.entries, c.value, used/1e6, said/1e6)
		if used > said || used < 0.6*said {
			t.Errorf("%d entries of %d bytes take %.1f MB, the formula says %.1f MB", c.entries, c.value, used/1e6, said/1e6)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}
