package deploy

import (
	"os/exec"
	"strings"
	"testing"
)

// TestVersions lists package versions in the order of their origin, and makes dpkg compare each with all earlier ones.
func TestVersions(t *testing.T) {
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("SKIPPED: dpkg is not installed")
	}
	var earlier []string
	for _, c := range []struct{ described, commit, time string }{
		{"ffffff0", "ffffff012345", "20260101000000"},
		{"0a1b2c3-dirty", "0a1b2c3d4e5f", "20260101000001"},
		{"e1b2c3d", "e1b2c3d4e5f6", "20261128183309"},
		{"v0.1.0-rc1", "1", "20270101000000"},
		{"v0.1.0-rc1-2-gffff", "ffff", "20270102000000"},
		{"v0.1.0-rc2", "1", "20270103000000"},
		{"v0.1.0", "1", "20270104000000"},
		{"v0.1.0-9-gffff", "ffff", "20270105000000"},
		{"v0.1.0-10-g0000", "0000", "20270106000000"},
		{"v0.1.1", "1", "20270107000000"},
		{"v0.10.0", "1", "20270108000000"},
	} {
		out, err := exec.Command("packages/version", c.described, c.commit, c.time).CombinedOutput()
		version := strings.TrimSpace(string(out))
		if err != nil || version == "" {
			t.Fatalf("%s: %v, %q", c.described, err, out)
		}
		for _, e := range earlier {
			if err := exec.Command("dpkg", "--compare-versions", version, "gt", e).Run(); err != nil {
				t.Errorf("%s does not sort behind %s, which is older", version, e)
			}
		}
		earlier = append(earlier, version)
	}
	// Of packages that were built before versions had a time.
	for _, e := range []string{"0.0.0+f1b2c3d4e5f6", "0.0.0+9a8b7c6d5e4f"} {
		if err := exec.Command("dpkg", "--compare-versions", earlier[0], "gt", e).Run(); err != nil {
			t.Errorf("%s does not sort behind %s", earlier[0], e)
		}
	}
}
