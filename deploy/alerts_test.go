package deploy

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestAlertRules makes promtool read the rules and run their unit tests.
func TestAlertRules(t *testing.T) {
	if _, err := exec.LookPath("promtool"); err != nil {
		t.Skip("SKIPPED: promtool is not installed (Debian package prometheus)")
	}
	for _, args := range [][]string{{"check", "rules", "prometheus/alerts.yaml"}, {"test", "rules", "prometheus/alerts_test.yaml"}} {
		if out, err := exec.Command("promtool", args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// TestAlertsAreTested looks for unit tests of each alert: one in which it fires and one in which it must not.
func TestAlertsAreTested(t *testing.T) {
	rules, err := os.ReadFile("prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile("prometheus/alerts_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// Whether the case of an alert expects it, by "ALERT fires" and "ALERT quiet".
	cases := map[string]bool{}
	for _, text := range strings.Split(string(tests), "\n  - name: ")[1:] {
		m := regexp.MustCompile(`^"(\w+ (?:fires|quiet))`).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("a case of another name: %.60s", text)
		}
		alert, _, _ := strings.Cut(m[1], " ")
		if n := strings.Count(text, "alertname: "); n == 0 || n != strings.Count(text, "alertname: "+alert) {
			t.Errorf("%s is about other alerts too, or none", m[1])
		}
		cases[m[1]] = strings.Contains(text, "exp_labels")
	}
	alerts := regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(string(rules), -1)
	for _, m := range alerts {
		fires, ok := cases[m[1]+" fires"]
		quiet, ok2 := cases[m[1]+" quiet"]
		if !ok || !ok2 || !fires || quiet {
			t.Errorf("%s has no case in which it fires, or none in which it is quiet", m[1])
		}
	}
	if len(cases) != 2*len(alerts) || len(alerts) < 5 {
		t.Errorf("%d alerts and %d cases", len(alerts), len(cases))
	}
}
